import { Tabs } from '@mantine/core';
import { PageHead } from '../parts/page-head';
import { Audit } from './tokens/audit';
import { Sessions } from './tokens/sessions';
import { Tokens } from './tokens/token-list';

/** Who may what, and who did what. */
export default function TokensAndAudit() {
  return (
    <>
      <PageHead title="Tokens & audit" description="Who may do what on this host, and who did." />
      <Tabs defaultValue="tokens" keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="tokens">Tokens</Tabs.Tab>
          <Tabs.Tab value="sessions">Signed in</Tabs.Tab>
          <Tabs.Tab value="audit">Audit</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
        <Tabs.Panel value="sessions">
          <Sessions />
        </Tabs.Panel>
        <Tabs.Panel value="audit">
          <Audit />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}
