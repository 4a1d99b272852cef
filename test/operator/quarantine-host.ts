import { AT, DoctorUnderTest, KEY } from '../signatures/doctor-under-test';
import { startOperatorHost, type OperatorHost } from './operator-host';

/** An operator's host with three refused requests: two forged at `POST /hook`, one signed with another plugin's secret. */
export interface QuarantineHost {
  readonly operator: OperatorHost;
  readonly under: DoctorUnderTest;
  /** Oldest first. */
  readonly ids: readonly string[];
  close(): Promise<void>;
}

export async function startQuarantineHost(signed: {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}): Promise<QuarantineHost> {
  const under = await DoctorUnderTest.open();
  under.serve({ signature: 'github', secret: 'GITHUB' });
  const forged = {
    headers: { Authorization: 'Bearer sesame' },
    body: '\u001b[31mforged',
    reason: 'missing_signature',
  } as const;
  const ids = [
    await under.refuse({ ...forged, at: AT }),
    await under.refuse({ ...forged, at: AT + 1, target: '/hook?token=sesame' }),
    await under.refuse({ ...signed, at: AT + 2 }),
  ];
  const operator = await startOperatorHost(undefined, undefined, undefined, {
    quarantine: under.engine.quarantineDesk,
    doctor: under.doctor(),
  });
  return {
    operator,
    under,
    ids,
    close: async () => {
      await operator.close();
      await under.close();
    },
  };
}

export { KEY };
