/* Shows the document beside this page. It is fetched here, so that the operator's token can go with it. */
(() => {
  const main = document.querySelector('main');
  const form = document.querySelector('form');
  const field = document.querySelector('#token');
  const status = document.querySelector('[role=status]');
  /** Where the host begins, whatever stands before it on the way here. */
  const base = location.origin + location.pathname.replace(/\/api\/plugin\/[^/]+\/docs$/, '');

  function say(text) {
    status.textContent = text;
  }

  async function load(token) {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const answer = await fetch('openapi.json', { headers, credentials: 'omit' });
    if (answer.ok) return answer.json();
    const problem = await answer.json().catch(() => ({}));
    throw new Error(
      typeof problem.detail === 'string' ? problem.detail : `The host answered ${answer.status}.`,
    );
  }

  function show(description, token) {
    document.title = description.info.title;
    const reference = window.SwaggerUIBundle({
      // Requests go where this page came from, by whatever name the host calls itself.
      spec: { ...description, servers: [{ url: base === '' ? '/' : base }] },
      dom_id: '#reference',
      presets: [window.SwaggerUIBundle.presets.apis],
      layout: 'BaseLayout',
      validatorUrl: null,
      onComplete: () => {
        const schemes = description.components.securitySchemes;
        if (token !== undefined && schemes.operator !== undefined)
          reference.preauthorizeApiKey('operator', token);
      },
    });
  }

  async function open(token) {
    say('Loading …');
    try {
      const description = await load(token);
      form.hidden = true;
      say('');
      show(description, token);
    } catch (error) {
      say(error instanceof Error ? error.message : 'It could not be loaded.');
      field.select();
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void open(field.value.trim());
  });
  if (main.dataset.access === 'public') void open(undefined);
  else {
    form.hidden = false;
    field.focus();
  }
})();
