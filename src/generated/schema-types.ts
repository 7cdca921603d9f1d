export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
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
