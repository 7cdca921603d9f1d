import { ApolloProvider } from '@apollo/client/react';
import { useState } from 'react';
import { createRoot } from 'react-dom/client';
import { client } from './api';
import { Reports } from './reports';
import { signIn, signOut, userName } from './sign-in';
import './styles.css';

function Page() {
  const name = userName();
  if (name === undefined) return <SignIn />;
  return (
    <>
      <header>
        <h1>Expenses</h1>
        <span>{name}</span>
        <button type="button" onClick={() => signOut()}>
          Sign out
        </button>
      </header>
      <Reports />
    </>
  );
}

function SignIn() {
  const [problem, setProblem] = useState('');
  return (
    <>
      <h1>Expenses</h1>
      <button type="button" onClick={() => signIn().catch((error) => setProblem(String(error)))}>
        Sign in
      </button>
      <p role="alert">{problem}</p>
    </>
  );
}

createRoot(document.getElementById('page') as HTMLElement).render(
  <ApolloProvider client={client}>
    <Page />
  </ApolloProvider>,
);
