import { messageTask } from '../../src/agent/channels/message-task';
import { bindingTask } from '../../src/agent/events/binding-task';
import { runTask } from '../../src/agent/runs/run-task';
import { createMailer } from '../../src/outgoing/mail';

test("the host's own tasks say one word for where they come from", () => {
  const tasks = [
    messageTask({} as never),
    bindingTask({} as never),
    runTask({ settings: {} } as never),
    createMailer({ settings: {} } as never).task,
  ];
  expect(tasks.map(({ origin }) => origin.dialect)).toEqual(tasks.map(() => 'host'));
});
