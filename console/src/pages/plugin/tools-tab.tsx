import { Accordion, Alert, Button, Group, JsonInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import type { ToolEntry } from '../../../../src/core/tool-call';
import { useRead } from '../../live';
import { useAct } from '../../parts/act';
import { Code } from '../../parts/code';
import { Empty } from '../../parts/empty';
import { Failure } from '../../parts/failure';
import { Loaded } from '../../parts/loaded';
import { useMay } from '../../session';
import type { TabProps } from '../plugin';
import { exampleOf } from './schema-example';

/** What agents, other plugins and operators may have it do; each can be tried. */
export default function ToolsTab({ plugin }: TabProps) {
  const tools = useRead<{ readonly tools: readonly ToolEntry[] }>('/tools', ['plugins']);
  return (
    <Loaded query={tools}>
      {(data) => {
        const own = data.tools.filter(({ key }) => key === plugin.key);
        if (own.length === 0)
          return (
            <Empty title="It has no tools.">
              {plugin.state === 'live' ? 'plugin.tool(name, …) declares one.' : 'It does not serve.'}
            </Empty>
          );
        return (
          <Accordion variant="contained" multiple order={2}>
            {own.map((tool) => (
              <Accordion.Item key={tool.name} value={tool.name}>
                <Accordion.Control>
                  <span className="mono">{tool.name}</span>
                  <Text size="xs" c="dimmed">
                    {tool.description}
                  </Text>
                </Accordion.Control>
                <Accordion.Panel>
                  <ToolPanel tool={tool} />
                </Accordion.Panel>
              </Accordion.Item>
            ))}
          </Accordion>
        );
      }}
    </Loaded>
  );
}

function ToolPanel({ tool }: { readonly tool: ToolEntry }) {
  const may = useMay('plugins');
  const [input, setInput] = useState(() => JSON.stringify(exampleOf(tool.inputSchema), undefined, 2));
  const [problem, setProblem] = useState<string>();
  const path = `/tools/${encodeURIComponent(tool.key)}/${encodeURIComponent(tool.name)}`;
  const call = useAct<{ readonly output?: unknown }>('POST', path, { isQuiet: true });
  const run = async () => {
    const parsed = parse(input);
    setProblem(parsed.problem);
    if (parsed.problem === undefined) await call.run({ input: parsed.value });
  };
  return (
    <Stack gap="xs">
      <Text size="xs" c="dimmed">
        Agents call it <span className="mono">{tool.id}</span>.
      </Text>
      <Text size="sm" fw={600}>
        Takes
      </Text>
      <Code text={JSON.stringify(tool.inputSchema)} language="json" label="Input schema" maxHeight={240} />
      <JsonInput
        label="Input"
        description="JSON; what the tool does with it, it really does."
        autosize
        minRows={3}
        maxRows={16}
        spellCheck={false}
        classNames={{ input: 'mono' }}
        value={input}
        error={problem}
        onChange={setInput}
      />
      <Group>
        <Button size="xs" disabled={!may} loading={call.isBusy} onClick={() => void run()}>
          Call {tool.name}
        </Button>
      </Group>
      {call.error !== undefined && <Failure error={call.error} />}
      {call.answer !== undefined && (
        <Alert color="teal" variant="outline" title="It gave">
          <Code text={JSON.stringify(call.answer.output) ?? 'nothing'} language="json" label="Output" />
        </Alert>
      )}
    </Stack>
  );
}

function parse(text: string): { readonly value?: unknown; readonly problem?: string } {
  try {
    return { value: text.trim() === '' ? undefined : (JSON.parse(text) as unknown) };
  } catch (thrown) {
    return { problem: `This is no JSON: ${(thrown as Error).message}` };
  }
}
