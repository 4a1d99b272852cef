// The page stands below the plugin's own address, whatever that is.
const here = new URL('.', document.baseURI);

function add(list, text) {
  const item = document.createElement('li');
  item.textContent = text;
  document.getElementById(list).append(item);
}

function onSubmit(form, send) {
  document.getElementById(form).addEventListener('submit', (event) => {
    event.preventDefault();
    const field = event.target.elements.text;
    send(field.value);
    field.value = '';
  });
}

// The browser comes back by itself, and says which event it saw last.
const events = new EventSource(new URL('events', here));
events.addEventListener('news', ({ data }) => add('news', data));
onSubmit('news-form', (text) =>
  fetch(new URL('news', here), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text }),
  }),
);

const address = new URL('chat', here);
address.protocol = address.protocol.replace('http', 'ws');
const chat = new WebSocket(address);
chat.addEventListener('message', ({ data }) => {
  const { name, text } = JSON.parse(data);
  add('chat', `${name}: ${text}`);
});
onSubmit('chat-form', (text) => chat.send(text));
