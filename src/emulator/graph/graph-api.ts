/** Microsoft Graph as an API that clients call for a user. Its scopes are those that the look-alike knows. */
export const GRAPH_API = {
  clientId: '00000003-0000-0000-c000-000000000000',
  appIdUri: 'https://graph.microsoft.com',
  accessTokenVersion: 1,
  scopes: ['User.Read', 'User.Read.All', 'User.ReadBasic.All', 'GroupMember.Read.All'],
} as const;
