/**
 * The script of the home page. Its buttons copy a text that is on the page, or one with a fresh access token in the place
 * of `$TOKEN`. It reads the page and writes to the clipboard. Nothing is kept.
 */
export const HOME_PAGE_SCRIPT = `
const status = document.querySelector('[role=status]');
let clearing;

function say(text) {
  status.textContent = text;
  clearTimeout(clearing);
  clearing = setTimeout(() => { status.textContent = ''; }, 4000);
}

async function accessToken({ persona, authContext }) {
  const response = await fetch('/emulator/tokens', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-emulator': '1' },
    body: JSON.stringify({ persona, ...(authContext && { authContext }) }),
  });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error_description);
  return answer.access_token;
}

async function textOf({ copy, persona, authContext }) {
  const text = document.getElementById(copy).textContent;
  return persona ? text.replace('$TOKEN', await accessToken({ persona, authContext })) : text;
}

document.addEventListener('click', async ({ target }) => {
  const button = target.closest('button[data-copy]');
  if (!button) return;
  try {
    await navigator.clipboard.writeText(await textOf(button.dataset));
    say(button.dataset.says);
  } catch (error) {
    say('Not copied: ' + error.message);
  }
});
for (const button of document.querySelectorAll('button[data-copy]')) button.hidden = false;
`;
