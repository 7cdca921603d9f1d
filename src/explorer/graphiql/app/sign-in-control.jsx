// The control above the editor: who is signed in. A change reads the schema again, and runs the query again if it has run.
import { useGraphiQLActions } from '@graphiql/react';
import { useRef, useState } from 'react';

const ANONYMOUS = '';
const PASTED = '\u0000pasted';
const USER = '\u0000user';

/** @param personas Names of those that the emulator issues tokens for. Empty in production */
export function SignInControl({ signIn, history, personas }) {
  const { run, stop, introspect } = useGraphiQLActions();
  const [who, setWho] = useState(ANONYMOUS);
  const [user, setUser] = useState('');
  const [problem, setProblem] = useState('');
  const dialog = useRef(null);

  async function become(name, act) {
    try {
      await act();
      setWho(name);
      setProblem('');
      introspect();
      if (!history.hasRun) return;
      // While an operation runs, `run` only ends it.
      stop();
      run();
    } catch (error) {
      setProblem(wordsOf(error));
    }
  }

  const enter = () => become(USER, async () => setUser(await signIn.signIn()));

  function choose({ target: { value } }) {
    if (value === PASTED) dialog.current.showModal();
    else if (value === USER) void become(USER, async () => signIn.becomeUser());
    else if (value === ANONYMOUS) void become(ANONYMOUS, async () => signIn.signOut());
    else void become(value, () => signIn.signInAs(value));
  }

  function takePasted(event) {
    const { token } = event.target.elements;
    const accessToken = token.value.replace(/^\s*bearer\s+/i, '').trim();
    token.value = '';
    if (accessToken) void become(PASTED, async () => signIn.holdToken(accessToken));
  }

  return (
    <div className="sign-in">
      <label htmlFor="who">Signed in as</label>
      <select id="who" value={who} onChange={choose}>
        <option value={ANONYMOUS}>nobody</option>
        {user && <option value={USER}>{user}</option>}
        {personas.map((name) => (
          <option key={name}>{name}</option>
        ))}
        <option value={PASTED}>a pasted token …</option>
      </select>
      {signIn.canSignIn && (
        <button type="button" onClick={enter}>
          {user ? 'Sign in as another user' : 'Sign in'}
        </button>
      )}
      <a href="/">What is here</a>
      <span role="alert">{problem}</span>
      <dialog ref={dialog} aria-labelledby="paste-title">
        <form method="dialog" onSubmit={takePasted}>
          <h2 id="paste-title">Sign in with an access token</h2>
          <label htmlFor="token">Access token</label>
          <textarea id="token" name="token" rows="5" autoComplete="off" spellCheck="false" />
          <p>It is kept until this page closes, and sent to this server alone.</p>
          <button type="submit">Use it</button>
        </form>
      </dialog>
    </div>
  );
}

/** MSAL's messages are for its developers. Its codes say what happened. */
function wordsOf({ errorCode, errorMessage, message }) {
  // Another sign-in has taken its place.
  if (errorCode === 'interaction_in_progress_cancelled') return '';
  if (errorCode === 'timed_out') return 'The sign-in took too long. Try again.';
  if (errorCode === 'popup_window_error' || errorCode === 'empty_window_error') {
    return 'The browser blocked the window of the sign-in. Allow it for this page.';
  }
  return errorMessage || message;
}
