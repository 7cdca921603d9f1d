/** The top of the landing page. The file itself stays plain, because GitHub shows it too. */
export const landing = {
  layout: 'home',
  hero: {
    name: 'entra-graphql',
    text: 'Every token verified, every field decided',
    tagline: 'A GraphQL API server in TypeScript for organisations that use Microsoft Entra ID',
    actions: [
      { theme: 'brand', text: 'Getting started', link: '/getting-started' },
      { theme: 'alt', text: 'Concepts', link: '/concepts' },
      { theme: 'alt', text: 'Why was a token refused?', link: '/troubleshooting' },
    ],
  },
  features: [
    {
      title: 'Start an API',
      details: 'One command makes a project with a resource of your own, its rules and their tests.',
      link: '/own-resource',
    },
    {
      title: 'Keep the Apollo Server you have',
      details: 'Add the verification of tokens and rules for fields to it.',
      link: '/apollo-server',
    },
    {
      title: 'Write a client',
      details: 'Sign in with the libraries of Microsoft, in a browser, as a daemon or on a device.',
      link: '/signing-in',
    },
    {
      title: 'Protect a field',
      details: 'Scopes, roles, applications, a stronger sign-in and policies are directives beside the field.',
      link: '/directives',
    },
    {
      title: 'Find a fault',
      details: 'Each error has a code, and each code has a section that says what to do.',
      link: '/troubleshooting',
    },
    {
      title: 'Decide whether you want it',
      details: 'What it costs, and where others are better.',
      link: '/comparison',
    },
  ],
};
