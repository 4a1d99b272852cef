'use strict';

/**
 * The settings page of one plugin: a form made of the JSON Schema of its configuration. The page itself holds no data; the
 * operator's token is kept in this closure alone, and secret values never come here.
 */
(() => {
  const at = (id) => document.getElementById(id);
  const key = location.pathname.split('/').at(-3);
  // Relative: before the host's addresses there may be others' prefixes.
  const address = `../../../operator/plugins/${key}/config`;
  const SOURCES = { file: 'From the settings file', stored: 'Set by an operator', default: 'Default' };

  let token = '';
  let revision = 0;
  let fields = [];

  at('plugin').textContent = key;
  document.title = `Settings of ${key}`;
  at('entrance').addEventListener('submit', (event) => {
    event.preventDefault();
    token = at('token').value.trim();
    void open('');
  });
  at('settings').addEventListener('submit', (event) => {
    event.preventDefault();
    void save();
  });
  at('again').addEventListener('click', () => void open('The values were read again.'));

  async function open(said) {
    const answer = await ask('GET');
    if (answer === undefined) return;
    if (answer.status !== 200)
      return tell('bad', answer.body.detail ?? `The host answered ${answer.status}.`);
    show(answer.body);
    tell('', said);
  }

  async function save() {
    for (const field of fields) field.complain('');
    const entries = fields.map((field) => [field.name, field.read()]);
    const values = Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    at('save').disabled = true;
    tell('', 'Saving …');
    const answer = await ask('PUT', { values, revision });
    at('save').disabled = false;
    if (answer === undefined) return;
    if (answer.status === 422 && Array.isArray(answer.body.detail)) return complain(answer.body.detail);
    if (answer.status !== 200)
      return tell('bad', answer.body.detail ?? `The host answered ${answer.status}.`);
    const outcome = outcomeOf(answer.body);
    const again = await ask('GET');
    if (again?.status === 200) show(again.body);
    tell(...outcome);
  }

  function outcomeOf({ taken, transition, notReloaded }) {
    if (taken) return ['good', 'Saved. The plugin has the new values, without a reload.'];
    if (notReloaded) return ['bad', `Saved, but not loaded yet: ${notReloaded.message}`];
    const { ok, generation, failure } = transition;
    if (ok) return ['good', `Saved. Generation ${generation} serves with the new values.`];
    const serving =
      generation > 0 ? `Generation ${generation} serves on with the values it has.` : 'It does not serve.';
    return [
      'bad',
      `Saved, but the plugin does not start with these values. ${serving}\n${failure?.message ?? ''}`,
    ];
  }

  /** Undefined when the caller has nothing more to do. */
  async function ask(method, body) {
    const headers = { authorization: `Bearer ${token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(address, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        credentials: 'omit',
      });
      const answer = { status: response.status, body: await response.json().catch(() => ({})) };
      if (answer.status !== 401) return answer;
      token = '';
      at('settings').hidden = true;
      at('entrance').hidden = false;
      at('token').value = '';
      at('token').focus();
      tell('bad', 'The host does not know this token.');
    } catch {
      tell('bad', 'The host cannot be reached. Nothing was changed that it did not confirm.');
    }
    return undefined;
  }

  function tell(kind, text) {
    at('outcome').dataset.kind = kind;
    at('outcome').textContent = text;
  }

  /** Each issue at its field; those of no field above the form. */
  function complain(issues) {
    const homeless = [];
    for (const { loc, msg } of issues) {
      const [, , ...path] = loc;
      const field = fields.find(({ name }) => name === path[0]);
      if (field === undefined) homeless.push(path.length === 0 ? msg : `${path.join('.')}: ${msg}`);
      else field.complain(msg, path.slice(1));
    }
    const count = issues.length === 1 ? 'One value is' : `${issues.length} values are`;
    tell('bad', [`Nothing was saved: ${count} not as wanted.`, ...homeless].join('\n'));
    document.querySelector('[aria-invalid="true"]')?.focus();
  }

  /** Whether the plugin serves, where that is not plain, and why not. */
  function showState({ state, failure }) {
    const said = {
      live: 'The plugin serves, but its last reload failed.',
      failed: 'The plugin does not serve: it failed to load.',
      disabled: 'The plugin is disabled.',
      loading: 'The plugin is loading.',
    };
    const isPlain = state === undefined || (state === 'live' && failure === undefined);
    at('state').hidden = isPlain;
    at('state').dataset.kind = failure === undefined ? '' : 'bad';
    at('state').textContent = isPlain ? '' : [said[state] ?? state, failure?.message ?? ''].join('\n').trim();
  }

  function show(view) {
    revision = view.revision;
    showState(view);
    const { properties, required = [], $defs = {} } = view.schema ?? {};
    const resolve = (schema) => ({ ...$defs[schema.$ref?.replace('#/$defs/', '')], ...schema });
    fields = Object.entries(properties ?? {}).map(([name, schema]) =>
      makeField({
        name,
        id: `field-${name}`,
        schema: resolve(schema),
        resolve,
        isRequired: required.includes(name),
        value: view.values[name],
        source: view.sources[name],
        variable: view.variables[name],
      }),
    );
    at('fields').replaceChildren(...fields.map(({ element }) => element));
    at('entrance').hidden = true;
    at('settings').hidden = false;
    if (properties === undefined)
      at('fields').append(
        made(
          'p',
          'hint',
          'The schema of this plugin does not say which fields there are; set them in the settings file.',
        ),
      );
    at('save').disabled = fields.length === 0;
    const first = document.querySelector('#fields :is(input, select, textarea):not(:disabled)');
    first?.focus();
  }

  function made(tag, className, text, attributes = {}) {
    const element = document.createElement(tag);
    if (className) element.className = className;
    if (text) element.textContent = text;
    for (const [name, value] of Object.entries(attributes))
      if (value !== undefined) element.setAttribute(name, value);
    return element;
  }

  /**
   * One value with its label: `read` gives what is to be stored, undefined for nothing; `complain` shows what is wrong with it,
   * or with what stands in it.
   */
  function makeField(spec) {
    return spec.schema.properties !== undefined && spec.schema.secret !== true
      ? makeGroup(spec)
      : makeSingle(spec);
  }

  function makeGroup(spec) {
    const { name, schema, resolve, value = {}, variable } = spec;
    const inner = Object.entries(schema.properties).map(([innerName, innerSchema]) =>
      makeSingle({
        name: innerName,
        id: `${spec.id}-${innerName}`,
        schema: resolve(innerSchema),
        isRequired: (schema.required ?? []).includes(innerName),
        value: value[innerName],
        // An object is stored as a whole, and so is all that it holds now.
        source: spec.source === 'default' || value[innerName] === undefined ? undefined : 'stored',
        variable,
        isInner: true,
      }),
    );
    const element = made('fieldset');
    element.append(
      made('legend', '', schema.title ?? name),
      ...notesOf(spec),
      ...inner.map((field) => field.element),
    );
    const own = made('p', 'issue', '', { role: 'alert' });
    element.append(own);
    const isTouched = () => inner.some((field) => field.isTouched());
    return {
      name,
      element,
      isTouched,
      read() {
        if (variable !== undefined || (spec.source !== 'stored' && !isTouched())) return undefined;
        const entries = inner
          .map((field) => [field.name, field.read()])
          .filter(([, one]) => one !== undefined);
        return entries.length === 0 ? undefined : Object.fromEntries(entries);
      },
      complain(text, [innerName] = []) {
        if (text === '') for (const field of inner) field.complain('');
        const field = inner.find((one) => one.name === innerName);
        if (field === undefined) own.textContent = text;
        else field.complain(text);
      },
    };
  }

  function makeSingle(spec) {
    const { name, id, schema, value, source, variable } = spec;
    const kind = kindOf(schema, value);
    const control = kind.make(spec);
    control.id = id;
    const notes = notesOf(spec);
    const issue = made('p', 'issue', '', { id: `${id}-issue`, role: 'alert' });
    control.setAttribute('aria-describedby', [...notes.map((note) => note.id), issue.id].join(' '));
    if (spec.isRequired && schema.default === undefined) control.setAttribute('aria-required', 'true');
    if (variable !== undefined) control.disabled = true;
    const label = made('label', '', schema.title ?? name, { for: id });
    if (spec.isRequired && schema.default === undefined)
      label.append(made('span', 'required', ' *', { 'aria-hidden': 'true' }));
    const element = made('div', 'field');
    element.append(label, ...notes, control, issue);
    let touched = false;
    let isRemoved = false;
    control.addEventListener('input', () => {
      touched = true;
      isRemoved = false;
    });
    if (kind === KINDS.secret && source === 'stored') {
      const remove = made('button', 'quiet remove', `Remove ${schema.title ?? name}`, { type: 'button' });
      remove.addEventListener('click', () => {
        touched = isRemoved = true;
        control.value = '';
        control.placeholder = 'Removed when you save';
        control.focus();
      });
      element.append(remove);
    }
    return {
      name,
      element,
      isTouched: () => touched,
      read() {
        if (variable !== undefined) return undefined;
        if (!touched) return source === 'stored' ? value : undefined;
        if (kind === KINDS.secret && control.value === '') return isRemoved ? undefined : value;
        return kind.read(control.value, schema);
      },
      complain(text) {
        issue.textContent = text;
        control.setAttribute('aria-invalid', String(text !== ''));
      },
    };
  }

  function notesOf({ id, schema, source, variable, isInner }) {
    const notes = [];
    if (schema.description) notes.push(made('p', 'hint', schema.description, { id: `${id}-hint` }));
    const from =
      variable === undefined ? SOURCES[source] : `Set by the variable ${variable}; change it there`;
    if (from !== undefined && !isInner) notes.push(made('p', 'source', from, { id: `${id}-source` }));
    return notes;
  }

  const textOf = (value) => (value === undefined ? '' : String(value));
  const shownDefault = (value) =>
    value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

  function input(type, { schema, value, source }, attributes = {}) {
    const control = made('input', '', '', {
      type,
      placeholder: shownDefault(schema.default),
      spellcheck: 'false',
      ...attributes,
    });
    control.value = source === 'default' ? '' : textOf(value);
    return control;
  }
  function area(text, placeholder) {
    const control = made('textarea', '', '', { placeholder, spellcheck: 'false' });
    control.value = text;
    return control;
  }
  function choice(options, { schema, value, source }) {
    const control = made('select');
    const none = schema.default === undefined ? '—' : `Default: ${shownDefault(schema.default)}`;
    control.append(made('option', '', none, { value: '' }));
    for (const option of options)
      control.append(made('option', '', textOf(option), { value: JSON.stringify(option) }));
    control.value = source === 'default' || value === undefined ? '' : JSON.stringify(value);
    return control;
  }

  const lines = (text) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');
  // What is no number goes as it is: the host says what is wrong with it.
  const numberOr = (text) => (text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text));
  const jsonOr = (text) => {
    try {
      return JSON.parse(text);
    } catch {
      return text;
    }
  };
  const unlessEmpty = (read) => (text) => (text === '' ? undefined : read(text));

  const KINDS = {
    secret: {
      make: (spec) =>
        input(
          'password',
          { ...spec, value: undefined },
          {
            placeholder: spec.value?.isSet ? 'It is set; leave empty to keep it' : 'Not set',
            autocomplete: 'new-password',
          },
        ),
      read: (text, { type = 'string' }) =>
        type === 'string' ? text : type === 'number' || type === 'integer' ? numberOr(text) : jsonOr(text),
    },
    choice: {
      make: (spec) => choice(spec.schema.enum ?? [spec.schema.const], spec),
      read: unlessEmpty(JSON.parse),
    },
    boolean: { make: (spec) => choice([true, false], spec), read: unlessEmpty(JSON.parse) },
    number: { make: (spec) => input('text', spec, { inputmode: 'decimal' }), read: unlessEmpty(numberOr) },
    text: { make: (spec) => input('text', spec), read: unlessEmpty((text) => text) },
    list: {
      make: ({ schema, value, source }) =>
        area(
          source === 'default' || !Array.isArray(value) ? '' : value.join('\n'),
          (schema.default ?? ['One per line']).join('\n'),
        ),
      read: unlessEmpty((text) => lines(text)),
    },
    numbers: {
      make: (spec) => KINDS.list.make(spec),
      read: unlessEmpty((text) => lines(text).map(numberOr)),
    },
    json: {
      make: ({ schema, value, source }) =>
        area(
          source === 'default' || value === undefined ? '' : JSON.stringify(value, undefined, 2),
          shownDefault(schema.default) || 'JSON',
        ),
      read: unlessEmpty(jsonOr),
    },
  };

  function kindOf(schema, value) {
    // Where something within a value is secret, all of it is.
    const isMasked = typeof value === 'object' && value !== null && typeof value.isSet === 'boolean';
    if (schema.secret === true || (isMasked && schema.properties?.isSet === undefined)) return KINDS.secret;
    if (Array.isArray(schema.enum) || 'const' in schema) return KINDS.choice;
    if (schema.type === 'boolean') return KINDS.boolean;
    if (schema.type === 'number' || schema.type === 'integer') return KINDS.number;
    if (schema.type === 'string') return KINDS.text;
    if (schema.type === 'array' && schema.items?.type === 'string') return KINDS.list;
    if (schema.type === 'array' && /^(number|integer)$/.test(schema.items?.type)) return KINDS.numbers;
    return KINDS.json;
  }
})();
