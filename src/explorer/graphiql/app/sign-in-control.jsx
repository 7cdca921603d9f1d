// The control above the editor: who is signed in. A change runs the query again, if it has run before.
import { useGraphiQLActions } from '@graphiql/react';
import { useRef, useState } from 'react';

const ANONYMOUS = '';
const PASTED = '\u0000pasted';

/** @param personas Names of those that the emulator issues tokens for. Empty in production */
export function SignInControl({ signIn, history, personas }) {
  const { run, introspect } = useGraphiQLActions();
  const [who, setWho] = useState(ANONYMOUS);
  const [problem, setProblem] = useState('');
  const dialog = useRef(null);

  async function become(name, act) {
    try {
      await act();
      setWho(name);
      setProblem('');
      introspect();
      if (history.hasRun) run();
    } catch (error) {
      setProblem(error.message);
    }
  }

  function choose({ target: { value } }) {
    if (value === PASTED) dialog.current.showModal();
    else if (value === ANONYMOUS) void become(ANONYMOUS, async () => signIn.signOut());
    else void become(value, () => signIn.signInAs(value));
  }

  function takePasted(event) {
    const { token } = event.target.elements;
    const accessToken = token.value.replace(/^\s*bearer\s+/i, '').trim();
    token.value = '';
    if (accessToken) void become(PASTED, () => signIn.holdToken(accessToken));
  }

  return (
    <div className="sign-in">
      <label htmlFor="who">Signed in as</label>
      <select id="who" value={who} onChange={choose}>
        <option value={ANONYMOUS}>nobody</option>
        {personas.map((name) => (
          <option key={name}>{name}</option>
        ))}
        <option value={PASTED}>a pasted token …</option>
      </select>
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
