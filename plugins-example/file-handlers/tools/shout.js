export default {
  description: 'Says it louder.',
  parameters: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] },
  handler: ({ text }) => ({ text: `${text.toUpperCase()}!` }),
};
