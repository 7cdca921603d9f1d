import type { GraphQLResolveInfo, GraphQLScalarType, GraphQLScalarTypeConfig } from 'graphql';
import type { Caller, AgentIdentity } from '../authentication/caller.js';
import type { AccessTokenClaims } from '../authentication/access-token-claims.js';
import type { ExpenseReportRow, ExpenseItemRow, AuditEntryRow, EmployeeRow } from '../expenses/rows.js';
import type { ExpenseReportPage, ExpenseReportPageEdge, EmployeePage, EmployeePageEdge, AnyPage } from '../expenses/pages/read-pages.js';
import type { ExpensesContext } from '../expenses/context.js';
export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
export type Omit<T, K extends keyof T> = Pick<T, Exclude<keyof T, K>>;
export type RequireFields<T, K extends keyof T> = Omit<T, K> & { [P in K]-?: NonNullable<T[P]> };
/** All built-in and custom scalars, mapped to their actual values */
export type Scalars = {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
  /** A currency code of ISO 4217, such as `EUR`. */
  Currency: { input: string; output: string; }
  /** A point in time, ISO 8601 with time zone, such as `2026-03-01T09:30:00.000Z`. */
  DateTime: { input: Date; output: Date; }
  /** A day, ISO 8601, such as `2026-03-01`. */
  LocalDate: { input: string; output: string; }
  /** A whole number up to 2^53 - 1. */
  SafeInt: { input: number; output: number; }
};

export type AccessCallerKind =
  | 'APPLICATION'
  | 'USER';

export type AccessDecision =
  | 'ALLOWED'
  | 'DENIED'
  /** Scopes and roles suffice. A policy decides for each object. */
  | 'DEPENDS'
  /** Groups of the caller decide, and it is not known which groups the caller is in. */
  | 'UNKNOWN';

/** One use of an audited field. */
export type AccessEntry = {
  __typename?: 'AccessEntry';
  /** Client id of the agent, if one called. */
  agent: Maybe<Scalars['ID']['output']>;
  at: Scalars['DateTime']['output'];
  /** Object id of the user or application in Entra. */
  by: Scalars['ID']['output'];
  /** Client id of the application that the user used. */
  client: Scalars['ID']['output'];
  /** The field, such as `Employee.bankAccount`. */
  coordinate: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  kind: AccessCallerKind;
  /** Ids of the objects in the database: UUIDs. */
  objects: Array<Scalars['String']['output']>;
  /** Name of the operation, as the client gave it. */
  operation: Maybe<Scalars['String']['output']>;
  outcome: AccessOutcome;
  reason: Scalars['String']['output'];
  /** Claim `uti` of the token, by which Entra's sign-in logs name it. */
  tokenId: Maybe<Scalars['String']['output']>;
};

export type AccessOutcome =
  /** A rule or a policy denied it. */
  | 'DENIED'
  /** It ended with an error. */
  | 'FAILED'
  | 'GRANTED';

/** An agent of Microsoft Entra Agent ID. It has the rights of the user or application that its token names. */
export type Agent = {
  __typename?: 'Agent';
  actsFor: AgentSubject;
  /** Client id of the blueprint that the agent was made from. Many agents share one. */
  blueprintId: Maybe<Scalars['ID']['output']>;
  /** Client id of the agent. */
  identityId: Scalars['ID']['output'];
};

export type AgentSubject =
  /** The agent acts for itself, as an application. */
  | 'ITSELF'
  /** The agent uses a user account of its own, without a person. */
  | 'OWN_ACCOUNT'
  /** A user delegated to the agent. */
  | 'USER';

export type AuditAction =
  | 'APPROVED'
  | 'CREATED'
  | 'DELETED'
  | 'EDITED'
  | 'PAID'
  | 'REJECTED'
  | 'SUBMITTED';

export type AuditEntry = {
  __typename?: 'AuditEntry';
  action: AuditAction;
  /** Null if the actor is not an employee (any more). */
  actor: Maybe<Employee>;
  /** Client id of the agent that acted for the actor. Null when no agent did. */
  agentId: Maybe<Scalars['ID']['output']>;
  at: Scalars['DateTime']['output'];
  id: Scalars['ID']['output'];
};

/** Shown only after a second factor. */
export type BankAccount = {
  __typename?: 'BankAccount';
  holder: Scalars['String']['output'];
  iban: Scalars['String']['output'];
};

export type CallerKind =
  /** An application acts for itself. */
  | 'APP_ONLY'
  /** A client acts for a signed-in user. */
  | 'DELEGATED';

export type CreateExpenseReportInput = {
  /** The currency of every item of the report. */
  currency: Scalars['Currency']['input'];
  /**
   * A key of your choice, such as a UUID. Send the mutation again with the same key within a day: it runs once, and every answer
   * has the same report. Another input with the same key is an error (`IDEMPOTENCY_KEY_REUSED`).
   */
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
  /** At most 100. */
  items: Array<ExpenseItemInput>;
  /** 1 to 200 characters, on one line. */
  title: Scalars['String']['input'];
};

export type EditExpenseReportInput = {
  id: Scalars['ID']['input'];
  /** Replaces all items. */
  items?: InputMaybe<Array<ExpenseItemInput>>;
  title?: InputMaybe<Scalars['String']['input']>;
};

export type Employee = Node & {
  __typename?: 'Employee';
  /** Where expenses are paid to. */
  bankAccount: Maybe<BankAccount>;
  department: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  manager: Maybe<Employee>;
  name: Scalars['String']['output'];
  /**
   * Job and office, from Microsoft Graph as the caller may see them there. Null when Graph has no such user. Twenty employees
   * take one request to Graph, so each costs as much as fifty objects.
   */
  profile: Maybe<EmployeeProfile>;
};

export type EmployeeConnection = {
  __typename?: 'EmployeeConnection';
  edges: Array<EmployeeEdge>;
  nodes: Array<Employee>;
  pageInfo: PageInfo;
  totalCount: Scalars['Int']['output'];
};

export type EmployeeEdge = {
  __typename?: 'EmployeeEdge';
  cursor: Scalars['String']['output'];
  node: Employee;
};

export type EmployeeProfile = {
  __typename?: 'EmployeeProfile';
  jobTitle: Maybe<Scalars['String']['output']>;
  officeLocation: Maybe<Scalars['String']['output']>;
};

export type ExpenseCategory =
  | 'EQUIPMENT'
  | 'LODGING'
  | 'MEALS'
  | 'OTHER'
  | 'TRAINING'
  | 'TRAVEL';

export type ExpenseItem = {
  __typename?: 'ExpenseItem';
  amount: Money;
  category: ExpenseCategory;
  description: Scalars['String']['output'];
  id: Scalars['ID']['output'];
  /** The day on the receipt. */
  spentOn: Scalars['LocalDate']['output'];
};

export type ExpenseItemInput = {
  category: ExpenseCategory;
  /** 1 to 200 characters, on one line. */
  description: Scalars['String']['input'];
  /** In the currency's smallest unit, from 1 to 1 000 000 000 000. */
  minorUnits: Scalars['SafeInt']['input'];
  /** From 2000-01-01 to today. */
  spentOn: Scalars['LocalDate']['input'];
};

/** What an employee paid for the organisation and wants back. */
export type ExpenseReport = Node & {
  __typename?: 'ExpenseReport';
  /** What happened to the report, oldest first. Returns at most 100 entries, the newest ones. */
  auditTrail: Maybe<Array<AuditEntry>>;
  author: Employee;
  createdAt: Scalars['DateTime']['output'];
  decidedAt: Maybe<Scalars['DateTime']['output']>;
  /** Who approved or rejected it. */
  decidedBy: Maybe<Employee>;
  /** When it was deleted. Only auditors see deleted reports, with `includeDeleted: true`. The API itself deletes no report. */
  deletedAt: Maybe<Scalars['DateTime']['output']>;
  id: Scalars['ID']['output'];
  /** At most 100. */
  items: Array<ExpenseItem>;
  paidAt: Maybe<Scalars['DateTime']['output']>;
  /** Why it was rejected. */
  rejectionReason: Maybe<Scalars['String']['output']>;
  /** How unusual the report is: 0 (ordinary) to 100. Computed from all its items, so it costs as much as twenty objects. */
  riskScore: Maybe<Scalars['Int']['output']>;
  status: ExpenseReportStatus;
  submittedAt: Maybe<Scalars['DateTime']['output']>;
  title: Scalars['String']['output'];
  /** Sum of the items. */
  total: Money;
};


/** What an employee paid for the organisation and wants back. */
export type ExpenseReportAuditTrailArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};

export type ExpenseReportConnection = {
  __typename?: 'ExpenseReportConnection';
  edges: Array<ExpenseReportEdge>;
  nodes: Array<ExpenseReport>;
  pageInfo: PageInfo;
  /** How many reports match the filter and may be seen by the caller. */
  totalCount: Scalars['Int']['output'];
};

export type ExpenseReportEdge = {
  __typename?: 'ExpenseReportEdge';
  cursor: Scalars['String']['output'];
  node: ExpenseReport;
};

export type ExpenseReportFilter = {
  /** Created before this moment. */
  createdBefore?: InputMaybe<Scalars['DateTime']['input']>;
  /** Created on or after this moment. */
  createdFrom?: InputMaybe<Scalars['DateTime']['input']>;
  currency?: InputMaybe<Scalars['Currency']['input']>;
  /** Deleted reports too. */
  includeDeleted?: InputMaybe<Scalars['Boolean']['input']>;
  status?: InputMaybe<Array<ExpenseReportStatus>>;
};

export type ExpenseReportOrder = {
  direction: OrderDirection;
  field: ExpenseReportOrderField;
};

export type ExpenseReportOrderField =
  | 'CREATED_AT'
  | 'TOTAL';

export type ExpenseReportPayload = {
  __typename?: 'ExpenseReportPayload';
  expenseReport: ExpenseReport;
};

/** draft → submitted → approved → paid, or submitted → rejected. */
export type ExpenseReportStatus =
  | 'APPROVED'
  | 'DRAFT'
  | 'PAID'
  | 'REJECTED'
  | 'SUBMITTED';

export type FieldAccess = {
  __typename?: 'FieldAccess';
  /** Place in the schema: `Type.field`, or `Type.field(argument:)`. */
  coordinate: Scalars['String']['output'];
  decision: AccessDecision;
  /** The missing permissions in words. Null if nothing is missing that the schema names. */
  missing: Maybe<Scalars['String']['output']>;
};

/** The verified caller. Everything here comes from its verified access token and the settings of the server. */
export type Me = {
  __typename?: 'Me';
  /** Each field of the schema and whether this caller may use it. Where introspection shows less than the whole schema, denied fields are left out. */
  access: Array<FieldAccess>;
  /** The agent that calls, for a user or for itself. Null when the caller is not an agent. */
  agent: Maybe<Agent>;
  /** Satisfied Conditional Access authentication contexts (claim `acrs`). */
  authContexts: Array<Scalars['String']['output']>;
  /** The authority that issued the token, by its name in the settings. Null where there is only one. */
  authority: Maybe<Scalars['String']['output']>;
  /** The client application that called (claim `azp`, in v1.0 tokens `appid`). */
  clientId: Scalars['ID']['output'];
  /** A guest of the tenant: it signs in at another one. */
  isGuest: Scalars['Boolean']['output'];
  kind: CallerKind;
  /** Whether this caller may use each of these, in the order in which they are asked: `Type.field`, `Type.field(argument:)` or `Input.field`. A user interface asks it for its buttons. True where a policy decides for each object. False for an unknown coordinate. */
  may: Array<Scalars['Boolean']['output']>;
  /** Object id of the user, or of the application's service principal (claim `oid`). */
  objectId: Scalars['ID']['output'];
  /** Application permissions (claim `roles` of an app-only token). Empty for a user. */
  permissions: Array<Scalars['String']['output']>;
  /** App roles of the user (claim `roles`, and those that groups give). Empty for an application. */
  roles: Array<Scalars['String']['output']>;
  /** Delegated permissions (claim `scp`). Empty for an application. */
  scopes: Array<Scalars['String']['output']>;
  /** When and how the user signed in, as far as the token says. Null for an application. */
  signIn: Maybe<SignIn>;
  /** Tenant of the caller (claim `tid`). */
  tenantId: Scalars['ID']['output'];
};


/** The verified caller. Everything here comes from its verified access token and the settings of the server. */
export type MeMayArgs = {
  coordinates: Array<Scalars['String']['input']>;
};

export type Money = {
  __typename?: 'Money';
  currency: Scalars['Currency']['output'];
  /** In the currency's smallest unit: 1999 EUR is 19.99 euros, 1999 JPY is 1999 yen. */
  minorUnits: Scalars['SafeInt']['output'];
};

export type Mutation = {
  __typename?: 'Mutation';
  /** submitted → approved, by the author's manager and never by the author. */
  approveExpenseReport: Maybe<ExpenseReportPayload>;
  /** Creates a draft. The caller must be an employee. */
  createExpenseReport: Maybe<ExpenseReportPayload>;
  /** Only while it is a draft. What is left out stays as it is. */
  editExpenseReport: Maybe<ExpenseReportPayload>;
  /** approved → paid, after a second factor and by a person: no agent pays. */
  markExpenseReportPaid: Maybe<ExpenseReportPayload>;
  /** submitted → rejected, by the author's manager and never by the author. */
  rejectExpenseReport: Maybe<ExpenseReportPayload>;
  /** draft → submitted. A report without items cannot be submitted. */
  submitExpenseReport: Maybe<ExpenseReportPayload>;
};


export type MutationApproveExpenseReportArgs = {
  id: Scalars['ID']['input'];
};


export type MutationCreateExpenseReportArgs = {
  input: CreateExpenseReportInput;
};


export type MutationEditExpenseReportArgs = {
  input: EditExpenseReportInput;
};


export type MutationMarkExpenseReportPaidArgs = {
  id: Scalars['ID']['input'];
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
};


export type MutationRejectExpenseReportArgs = {
  id: Scalars['ID']['input'];
  reason: Scalars['String']['input'];
};


export type MutationSubmitExpenseReportArgs = {
  id: Scalars['ID']['input'];
};

/** An object with a globally unique id. */
export type Node = {
  id: Scalars['ID']['output'];
};

export type OrderDirection =
  | 'ASC'
  | 'DESC';

export type PageInfo = {
  __typename?: 'PageInfo';
  endCursor: Maybe<Scalars['String']['output']>;
  hasNextPage: Scalars['Boolean']['output'];
  hasPreviousPage: Scalars['Boolean']['output'];
  startCursor: Maybe<Scalars['String']['output']>;
};

export type Query = {
  __typename?: 'Query';
  /** Who used fields with `@audited`, oldest first: the newest 100 uses, or the newest before one of them. Of the caller's tenant. */
  accessEntries: Maybe<Array<AccessEntry>>;
  /** One employee of the caller's tenant. Null when there is none that the caller may see. */
  employee: Maybe<Employee>;
  /** The employees of the caller's tenant, by name. */
  employees: Maybe<EmployeeConnection>;
  /** One report that is not deleted. Null when there is none that the caller may see. */
  expenseReport: Maybe<ExpenseReport>;
  /** The reports that the caller may see, newest first unless ordered otherwise. */
  expenseReports: Maybe<ExpenseReportConnection>;
  /** The caller as this server reads it from the access token, and its access. */
  me: Me;
  /** An employee or a report by its global id. Null when there is none that the caller may see. */
  node: Maybe<Node>;
  /** Name, version and clock of this server. It is open to everybody, so it shows nothing secret. */
  serverInfo: ServerInfo;
};


export type QueryAccessEntriesArgs = {
  before?: InputMaybe<Scalars['ID']['input']>;
  by?: InputMaybe<Scalars['ID']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  of?: InputMaybe<Scalars['ID']['input']>;
};


export type QueryEmployeeArgs = {
  id: Scalars['ID']['input'];
};


export type QueryEmployeesArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
};


export type QueryExpenseReportArgs = {
  id: Scalars['ID']['input'];
};


export type QueryExpenseReportsArgs = {
  after?: InputMaybe<Scalars['String']['input']>;
  authorId?: InputMaybe<Scalars['ID']['input']>;
  before?: InputMaybe<Scalars['String']['input']>;
  filter?: InputMaybe<ExpenseReportFilter>;
  first?: InputMaybe<Scalars['Int']['input']>;
  last?: InputMaybe<Scalars['Int']['input']>;
  orderBy?: InputMaybe<ExpenseReportOrder>;
};


export type QueryNodeArgs = {
  id: Scalars['ID']['input'];
};

export type ServerInfo = {
  __typename?: 'ServerInfo';
  name: Scalars['String']['output'];
  /** The clock of the server, by which it checks the times of access tokens. */
  time: Scalars['DateTime']['output'];
  version: Scalars['String']['output'];
};

/** Time and strength of a sign-in. Policies read the same claims. */
export type SignIn = {
  __typename?: 'SignIn';
  /** Authentication methods (claim `amr`), such as `pwd`, `mfa` or `fido`. Only v1.0 tokens have them. */
  methods: Array<Scalars['String']['output']>;
  /** Authentication context class (claim `acr`): `0` does not meet ISO/IEC 29115. Only v1.0 tokens have it. */
  strength: Maybe<Scalars['String']['output']>;
  /** Claim `auth_time`. Null unless the API's app registration adds this optional claim. */
  time: Maybe<Scalars['DateTime']['output']>;
};

export type Subscription = {
  __typename?: 'Subscription';
  /** A report that was created or changed, as it is now. What the caller may not see is not sent. */
  expenseReportChanged: Maybe<ExpenseReport>;
};


export type SubscriptionExpenseReportChangedArgs = {
  id?: InputMaybe<Scalars['ID']['input']>;
};



export type ResolverTypeWrapper<T> = Promise<T> | T;


export type ResolverWithResolve<TResult, TParent, TContext, TArgs> = {
  resolve: ResolverFn<TResult, TParent, TContext, TArgs>;
};
export type Resolver<TResult, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = ResolverFn<TResult, TParent, TContext, TArgs> | ResolverWithResolve<TResult, TParent, TContext, TArgs>;

export type ResolverFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => Promise<TResult> | TResult;

export type SubscriptionSubscribeFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => AsyncIterable<TResult> | Promise<AsyncIterable<TResult>>;

export type SubscriptionResolveFn<TResult, TParent, TContext, TArgs> = (
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;

export interface SubscriptionSubscriberObject<TResult, TKey extends string, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<{ [key in TKey]: TResult }, TParent, TContext, TArgs>;
  resolve?: SubscriptionResolveFn<TResult, { [key in TKey]: TResult }, TContext, TArgs>;
}

export interface SubscriptionResolverObject<TResult, TParent, TContext, TArgs> {
  subscribe: SubscriptionSubscribeFn<any, TParent, TContext, TArgs>;
  resolve: SubscriptionResolveFn<TResult, any, TContext, TArgs>;
}

export type SubscriptionObject<TResult, TKey extends string, TParent, TContext, TArgs> =
  | SubscriptionSubscriberObject<TResult, TKey, TParent, TContext, TArgs>
  | SubscriptionResolverObject<TResult, TParent, TContext, TArgs>;

export type SubscriptionResolver<TResult, TKey extends string, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> =
  | ((...args: any[]) => SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>)
  | SubscriptionObject<TResult, TKey, TParent, TContext, TArgs>;

export type TypeResolveFn<TTypes, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (
  parent: TParent,
  context: TContext,
  info: GraphQLResolveInfo
) => Maybe<TTypes> | Promise<Maybe<TTypes>>;

export type IsTypeOfResolverFn<T = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>> = (obj: T, context: TContext, info: GraphQLResolveInfo) => boolean | Promise<boolean>;

export type NextResolverFn<T> = () => Promise<T>;

export type DirectiveResolverFn<TResult = Record<PropertyKey, never>, TParent = Record<PropertyKey, never>, TContext = Record<PropertyKey, never>, TArgs = Record<PropertyKey, never>> = (
  next: NextResolverFn<TResult>,
  parent: TParent,
  args: TArgs,
  context: TContext,
  info: GraphQLResolveInfo
) => TResult | Promise<TResult>;




/** Mapping of interface types */
export type ResolversInterfaceTypes<_RefType extends Record<string, unknown>> = {
  Node:
    | ( EmployeeRow )
    | ( ExpenseReportRow )
  ;
};

/** Mapping between all available schema types and the resolvers types */
export type ResolversTypes = {
  AccessCallerKind: AccessCallerKind;
  AccessDecision: AccessDecision;
  AccessEntry: ResolverTypeWrapper<AccessEntry>;
  AccessOutcome: AccessOutcome;
  Agent: ResolverTypeWrapper<AgentIdentity>;
  AgentSubject: AgentSubject;
  AuditAction: AuditAction;
  AuditEntry: ResolverTypeWrapper<AuditEntryRow>;
  BankAccount: ResolverTypeWrapper<BankAccount>;
  Boolean: ResolverTypeWrapper<Scalars['Boolean']['output']>;
  CallerKind: CallerKind;
  CreateExpenseReportInput: CreateExpenseReportInput;
  Currency: ResolverTypeWrapper<Scalars['Currency']['output']>;
  DateTime: ResolverTypeWrapper<Scalars['DateTime']['output']>;
  EditExpenseReportInput: EditExpenseReportInput;
  Employee: ResolverTypeWrapper<EmployeeRow>;
  EmployeeConnection: ResolverTypeWrapper<EmployeePage>;
  EmployeeEdge: ResolverTypeWrapper<EmployeePageEdge>;
  EmployeeProfile: ResolverTypeWrapper<EmployeeProfile>;
  ExpenseCategory: ExpenseCategory;
  ExpenseItem: ResolverTypeWrapper<ExpenseItemRow>;
  ExpenseItemInput: ExpenseItemInput;
  ExpenseReport: ResolverTypeWrapper<ExpenseReportRow>;
  ExpenseReportConnection: ResolverTypeWrapper<ExpenseReportPage>;
  ExpenseReportEdge: ResolverTypeWrapper<ExpenseReportPageEdge>;
  ExpenseReportFilter: ExpenseReportFilter;
  ExpenseReportOrder: ExpenseReportOrder;
  ExpenseReportOrderField: ExpenseReportOrderField;
  ExpenseReportPayload: ResolverTypeWrapper<Omit<ExpenseReportPayload, 'expenseReport'> & { expenseReport: ResolversTypes['ExpenseReport'] }>;
  ExpenseReportStatus: ExpenseReportStatus;
  FieldAccess: ResolverTypeWrapper<FieldAccess>;
  ID: ResolverTypeWrapper<Scalars['ID']['output']>;
  Int: ResolverTypeWrapper<Scalars['Int']['output']>;
  LocalDate: ResolverTypeWrapper<Scalars['LocalDate']['output']>;
  Me: ResolverTypeWrapper<Caller>;
  Money: ResolverTypeWrapper<Money>;
  Mutation: ResolverTypeWrapper<Record<PropertyKey, never>>;
  Node: ResolverTypeWrapper<ResolversInterfaceTypes<ResolversTypes>['Node']>;
  OrderDirection: OrderDirection;
  PageInfo: ResolverTypeWrapper<AnyPage>;
  Query: ResolverTypeWrapper<Record<PropertyKey, never>>;
  SafeInt: ResolverTypeWrapper<Scalars['SafeInt']['output']>;
  ServerInfo: ResolverTypeWrapper<ServerInfo>;
  SignIn: ResolverTypeWrapper<AccessTokenClaims>;
  String: ResolverTypeWrapper<Scalars['String']['output']>;
  Subscription: ResolverTypeWrapper<Record<PropertyKey, never>>;
};

/** Mapping between all available schema types and the resolvers parents */
export type ResolversParentTypes = {
  AccessEntry: AccessEntry;
  Agent: AgentIdentity;
  AuditEntry: AuditEntryRow;
  BankAccount: BankAccount;
  Boolean: Scalars['Boolean']['output'];
  CreateExpenseReportInput: CreateExpenseReportInput;
  Currency: Scalars['Currency']['output'];
  DateTime: Scalars['DateTime']['output'];
  EditExpenseReportInput: EditExpenseReportInput;
  Employee: EmployeeRow;
  EmployeeConnection: EmployeePage;
  EmployeeEdge: EmployeePageEdge;
  EmployeeProfile: EmployeeProfile;
  ExpenseItem: ExpenseItemRow;
  ExpenseItemInput: ExpenseItemInput;
  ExpenseReport: ExpenseReportRow;
  ExpenseReportConnection: ExpenseReportPage;
  ExpenseReportEdge: ExpenseReportPageEdge;
  ExpenseReportFilter: ExpenseReportFilter;
  ExpenseReportOrder: ExpenseReportOrder;
  ExpenseReportPayload: Omit<ExpenseReportPayload, 'expenseReport'> & { expenseReport: ResolversParentTypes['ExpenseReport'] };
  FieldAccess: FieldAccess;
  ID: Scalars['ID']['output'];
  Int: Scalars['Int']['output'];
  LocalDate: Scalars['LocalDate']['output'];
  Me: Caller;
  Money: Money;
  Mutation: Record<PropertyKey, never>;
  Node: ResolversInterfaceTypes<ResolversParentTypes>['Node'];
  PageInfo: AnyPage;
  Query: Record<PropertyKey, never>;
  SafeInt: Scalars['SafeInt']['output'];
  ServerInfo: ServerInfo;
  SignIn: AccessTokenClaims;
  String: Scalars['String']['output'];
  Subscription: Record<PropertyKey, never>;
};

export type AllowsAgentsDirectiveArgs = { };

export type AllowsAgentsDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = AllowsAgentsDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AllowsAppsDirectiveArgs = {
  permissions: Array<Array<Scalars['String']['input']>>;
};

export type AllowsAppsDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = AllowsAppsDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AuditedDirectiveArgs = {
  reason: Scalars['String']['input'];
};

export type AuditedDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = AuditedDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AuthenticatedDirectiveArgs = { };

export type AuthenticatedDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = AuthenticatedDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type CostDirectiveArgs = {
  weight: Scalars['String']['input'];
};

export type CostDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = CostDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ExternalDirectiveArgs = { };

export type ExternalDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = ExternalDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ForbidsAgentsDirectiveArgs = { };

export type ForbidsAgentsDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = ForbidsAgentsDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type InaccessibleDirectiveArgs = { };

export type InaccessibleDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = InaccessibleDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type KeyDirectiveArgs = {
  fields: Scalars['String']['input'];
  resolvable?: Maybe<Scalars['Boolean']['input']>;
};

export type KeyDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = KeyDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ListSizeDirectiveArgs = {
  assumedSize?: Maybe<Scalars['Int']['input']>;
  requireOneSlicingArgument?: Maybe<Scalars['Boolean']['input']>;
  sizedFields?: Maybe<Array<Scalars['String']['input']>>;
  slicingArguments?: Maybe<Array<Scalars['String']['input']>>;
};

export type ListSizeDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = ListSizeDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type OverrideDirectiveArgs = {
  from: Scalars['String']['input'];
};

export type OverrideDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = OverrideDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type PolicyDirectiveArgs = {
  policies: Array<Array<Scalars['String']['input']>>;
};

export type PolicyDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = PolicyDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ProvidesDirectiveArgs = {
  fields: Scalars['String']['input'];
};

export type ProvidesDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = ProvidesDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type PublicDirectiveArgs = { };

export type PublicDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = PublicDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type RequiresDirectiveArgs = {
  fields: Scalars['String']['input'];
};

export type RequiresDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = RequiresDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type RequiresAuthContextDirectiveArgs = {
  id: Scalars['String']['input'];
};

export type RequiresAuthContextDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = RequiresAuthContextDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type RequiresRolesDirectiveArgs = {
  roles: Array<Array<Scalars['String']['input']>>;
};

export type RequiresRolesDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = RequiresRolesDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type RequiresScopesDirectiveArgs = {
  scopes: Array<Array<Scalars['String']['input']>>;
};

export type RequiresScopesDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = RequiresScopesDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type ShareableDirectiveArgs = { };

export type ShareableDirectiveResolver<Result, Parent, ContextType = ExpensesContext, Args = ShareableDirectiveArgs> = DirectiveResolverFn<Result, Parent, ContextType, Args>;

export type AccessEntryResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['AccessEntry'] = ResolversParentTypes['AccessEntry']> = {
  agent?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  by?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  client?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  coordinate?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['AccessCallerKind'], ParentType, ContextType>;
  objects?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  operation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  outcome?: Resolver<ResolversTypes['AccessOutcome'], ParentType, ContextType>;
  reason?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  tokenId?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type AgentResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Agent'] = ResolversParentTypes['Agent']> = {
  actsFor?: Resolver<ResolversTypes['AgentSubject'], ParentType, ContextType>;
  blueprintId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  identityId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type AuditEntryResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['AuditEntry'] = ResolversParentTypes['AuditEntry']> = {
  action?: Resolver<ResolversTypes['AuditAction'], ParentType, ContextType>;
  actor?: Resolver<Maybe<ResolversTypes['Employee']>, ParentType, ContextType>;
  agentId?: Resolver<Maybe<ResolversTypes['ID']>, ParentType, ContextType>;
  at?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type BankAccountResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['BankAccount'] = ResolversParentTypes['BankAccount']> = {
  holder?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  iban?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export interface CurrencyScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['Currency'], any> {
  name: 'Currency';
}

export interface DateTimeScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['DateTime'], any> {
  name: 'DateTime';
}

export type EmployeeResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Employee'] = ResolversParentTypes['Employee']> = {
  bankAccount?: Resolver<Maybe<ResolversTypes['BankAccount']>, ParentType, ContextType>;
  department?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  manager?: Resolver<Maybe<ResolversTypes['Employee']>, ParentType, ContextType>;
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  profile?: Resolver<Maybe<ResolversTypes['EmployeeProfile']>, ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type EmployeeConnectionResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['EmployeeConnection'] = ResolversParentTypes['EmployeeConnection']> = {
  edges?: Resolver<Array<ResolversTypes['EmployeeEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['Employee']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type EmployeeEdgeResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['EmployeeEdge'] = ResolversParentTypes['EmployeeEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['Employee'], ParentType, ContextType>;
};

export type EmployeeProfileResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['EmployeeProfile'] = ResolversParentTypes['EmployeeProfile']> = {
  jobTitle?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  officeLocation?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type ExpenseItemResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ExpenseItem'] = ResolversParentTypes['ExpenseItem']> = {
  amount?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  category?: Resolver<ResolversTypes['ExpenseCategory'], ParentType, ContextType>;
  description?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  spentOn?: Resolver<ResolversTypes['LocalDate'], ParentType, ContextType>;
};

export type ExpenseReportResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ExpenseReport'] = ResolversParentTypes['ExpenseReport']> = {
  auditTrail?: Resolver<Maybe<Array<ResolversTypes['AuditEntry']>>, ParentType, ContextType, Partial<ExpenseReportAuditTrailArgs>>;
  author?: Resolver<ResolversTypes['Employee'], ParentType, ContextType>;
  createdAt?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  decidedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  decidedBy?: Resolver<Maybe<ResolversTypes['Employee']>, ParentType, ContextType>;
  deletedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  id?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  items?: Resolver<Array<ResolversTypes['ExpenseItem']>, ParentType, ContextType>;
  paidAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  rejectionReason?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  riskScore?: Resolver<Maybe<ResolversTypes['Int']>, ParentType, ContextType>;
  status?: Resolver<ResolversTypes['ExpenseReportStatus'], ParentType, ContextType>;
  submittedAt?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
  title?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  total?: Resolver<ResolversTypes['Money'], ParentType, ContextType>;
  __isTypeOf?: IsTypeOfResolverFn<ParentType, ContextType>;
};

export type ExpenseReportConnectionResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ExpenseReportConnection'] = ResolversParentTypes['ExpenseReportConnection']> = {
  edges?: Resolver<Array<ResolversTypes['ExpenseReportEdge']>, ParentType, ContextType>;
  nodes?: Resolver<Array<ResolversTypes['ExpenseReport']>, ParentType, ContextType>;
  pageInfo?: Resolver<ResolversTypes['PageInfo'], ParentType, ContextType>;
  totalCount?: Resolver<ResolversTypes['Int'], ParentType, ContextType>;
};

export type ExpenseReportEdgeResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ExpenseReportEdge'] = ResolversParentTypes['ExpenseReportEdge']> = {
  cursor?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  node?: Resolver<ResolversTypes['ExpenseReport'], ParentType, ContextType>;
};

export type ExpenseReportPayloadResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ExpenseReportPayload'] = ResolversParentTypes['ExpenseReportPayload']> = {
  expenseReport?: Resolver<ResolversTypes['ExpenseReport'], ParentType, ContextType>;
};

export type FieldAccessResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['FieldAccess'] = ResolversParentTypes['FieldAccess']> = {
  coordinate?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  decision?: Resolver<ResolversTypes['AccessDecision'], ParentType, ContextType>;
  missing?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export interface LocalDateScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['LocalDate'], any> {
  name: 'LocalDate';
}

export type MeResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Me'] = ResolversParentTypes['Me']> = {
  access?: Resolver<Array<ResolversTypes['FieldAccess']>, ParentType, ContextType>;
  agent?: Resolver<Maybe<ResolversTypes['Agent']>, ParentType, ContextType>;
  authContexts?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  authority?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  clientId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  isGuest?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  kind?: Resolver<ResolversTypes['CallerKind'], ParentType, ContextType>;
  may?: Resolver<Array<ResolversTypes['Boolean']>, ParentType, ContextType, RequireFields<MeMayArgs, 'coordinates'>>;
  objectId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
  permissions?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  roles?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  scopes?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  signIn?: Resolver<Maybe<ResolversTypes['SignIn']>, ParentType, ContextType>;
  tenantId?: Resolver<ResolversTypes['ID'], ParentType, ContextType>;
};

export type MoneyResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Money'] = ResolversParentTypes['Money']> = {
  currency?: Resolver<ResolversTypes['Currency'], ParentType, ContextType>;
  minorUnits?: Resolver<ResolversTypes['SafeInt'], ParentType, ContextType>;
};

export type MutationResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Mutation'] = ResolversParentTypes['Mutation']> = {
  approveExpenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationApproveExpenseReportArgs, 'id'>>;
  createExpenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationCreateExpenseReportArgs, 'input'>>;
  editExpenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationEditExpenseReportArgs, 'input'>>;
  markExpenseReportPaid?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationMarkExpenseReportPaidArgs, 'id'>>;
  rejectExpenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationRejectExpenseReportArgs, 'id' | 'reason'>>;
  submitExpenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReportPayload']>, ParentType, ContextType, RequireFields<MutationSubmitExpenseReportArgs, 'id'>>;
};

export type NodeResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Node'] = ResolversParentTypes['Node']> = {
  __resolveType: TypeResolveFn<'Employee' | 'ExpenseReport', ParentType, ContextType>;
};

export type PageInfoResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['PageInfo'] = ResolversParentTypes['PageInfo']> = {
  endCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  hasNextPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  hasPreviousPage?: Resolver<ResolversTypes['Boolean'], ParentType, ContextType>;
  startCursor?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
};

export type QueryResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Query'] = ResolversParentTypes['Query']> = {
  accessEntries?: Resolver<Maybe<Array<ResolversTypes['AccessEntry']>>, ParentType, ContextType, Partial<QueryAccessEntriesArgs>>;
  employee?: Resolver<Maybe<ResolversTypes['Employee']>, ParentType, ContextType, RequireFields<QueryEmployeeArgs, 'id'>>;
  employees?: Resolver<Maybe<ResolversTypes['EmployeeConnection']>, ParentType, ContextType, Partial<QueryEmployeesArgs>>;
  expenseReport?: Resolver<Maybe<ResolversTypes['ExpenseReport']>, ParentType, ContextType, RequireFields<QueryExpenseReportArgs, 'id'>>;
  expenseReports?: Resolver<Maybe<ResolversTypes['ExpenseReportConnection']>, ParentType, ContextType, Partial<QueryExpenseReportsArgs>>;
  me?: Resolver<ResolversTypes['Me'], ParentType, ContextType>;
  node?: Resolver<Maybe<ResolversTypes['Node']>, ParentType, ContextType, RequireFields<QueryNodeArgs, 'id'>>;
  serverInfo?: Resolver<ResolversTypes['ServerInfo'], ParentType, ContextType>;
};

export interface SafeIntScalarConfig extends GraphQLScalarTypeConfig<ResolversTypes['SafeInt'], any> {
  name: 'SafeInt';
}

export type ServerInfoResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['ServerInfo'] = ResolversParentTypes['ServerInfo']> = {
  name?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
  time?: Resolver<ResolversTypes['DateTime'], ParentType, ContextType>;
  version?: Resolver<ResolversTypes['String'], ParentType, ContextType>;
};

export type SignInResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['SignIn'] = ResolversParentTypes['SignIn']> = {
  methods?: Resolver<Array<ResolversTypes['String']>, ParentType, ContextType>;
  strength?: Resolver<Maybe<ResolversTypes['String']>, ParentType, ContextType>;
  time?: Resolver<Maybe<ResolversTypes['DateTime']>, ParentType, ContextType>;
};

export type SubscriptionResolvers<ContextType = ExpensesContext, ParentType extends ResolversParentTypes['Subscription'] = ResolversParentTypes['Subscription']> = {
  expenseReportChanged?: SubscriptionResolver<Maybe<ResolversTypes['ExpenseReport']>, "expenseReportChanged", ParentType, ContextType, Partial<SubscriptionExpenseReportChangedArgs>>;
};

export type Resolvers<ContextType = ExpensesContext> = {
  AccessEntry?: AccessEntryResolvers<ContextType>;
  Agent?: AgentResolvers<ContextType>;
  AuditEntry?: AuditEntryResolvers<ContextType>;
  BankAccount?: BankAccountResolvers<ContextType>;
  Currency?: GraphQLScalarType;
  DateTime?: GraphQLScalarType;
  Employee?: EmployeeResolvers<ContextType>;
  EmployeeConnection?: EmployeeConnectionResolvers<ContextType>;
  EmployeeEdge?: EmployeeEdgeResolvers<ContextType>;
  EmployeeProfile?: EmployeeProfileResolvers<ContextType>;
  ExpenseItem?: ExpenseItemResolvers<ContextType>;
  ExpenseReport?: ExpenseReportResolvers<ContextType>;
  ExpenseReportConnection?: ExpenseReportConnectionResolvers<ContextType>;
  ExpenseReportEdge?: ExpenseReportEdgeResolvers<ContextType>;
  ExpenseReportPayload?: ExpenseReportPayloadResolvers<ContextType>;
  FieldAccess?: FieldAccessResolvers<ContextType>;
  LocalDate?: GraphQLScalarType;
  Me?: MeResolvers<ContextType>;
  Money?: MoneyResolvers<ContextType>;
  Mutation?: MutationResolvers<ContextType>;
  Node?: NodeResolvers<ContextType>;
  PageInfo?: PageInfoResolvers<ContextType>;
  Query?: QueryResolvers<ContextType>;
  SafeInt?: GraphQLScalarType;
  ServerInfo?: ServerInfoResolvers<ContextType>;
  SignIn?: SignInResolvers<ContextType>;
  Subscription?: SubscriptionResolvers<ContextType>;
};

export type DirectiveResolvers<ContextType = ExpensesContext> = {
  allowsAgents?: AllowsAgentsDirectiveResolver<any, any, ContextType>;
  allowsApps?: AllowsAppsDirectiveResolver<any, any, ContextType>;
  audited?: AuditedDirectiveResolver<any, any, ContextType>;
  authenticated?: AuthenticatedDirectiveResolver<any, any, ContextType>;
  cost?: CostDirectiveResolver<any, any, ContextType>;
  external?: ExternalDirectiveResolver<any, any, ContextType>;
  forbidsAgents?: ForbidsAgentsDirectiveResolver<any, any, ContextType>;
  inaccessible?: InaccessibleDirectiveResolver<any, any, ContextType>;
  key?: KeyDirectiveResolver<any, any, ContextType>;
  listSize?: ListSizeDirectiveResolver<any, any, ContextType>;
  override?: OverrideDirectiveResolver<any, any, ContextType>;
  policy?: PolicyDirectiveResolver<any, any, ContextType>;
  provides?: ProvidesDirectiveResolver<any, any, ContextType>;
  public?: PublicDirectiveResolver<any, any, ContextType>;
  requires?: RequiresDirectiveResolver<any, any, ContextType>;
  requiresAuthContext?: RequiresAuthContextDirectiveResolver<any, any, ContextType>;
  requiresRoles?: RequiresRolesDirectiveResolver<any, any, ContextType>;
  requiresScopes?: RequiresScopesDirectiveResolver<any, any, ContextType>;
  shareable?: ShareableDirectiveResolver<any, any, ContextType>;
};
