import { Anchor, List, Table, Text, Title, type TitleOrder } from '@mantine/core';
import { useMemo, type ReactNode } from 'react';
import { Code } from './code';
import { markdownBlocks, type MarkdownBlock } from './markdown-blocks';

/** A README as React nodes: nothing of it becomes markup, and only addresses of the web become links. */
export function Markdown({ text }: { readonly text: string }) {
  const blocks = useMemo(() => markdownBlocks(text), [text]);
  return (
    <div className="markdown">
      {blocks.map((block, index) => (
        <Block key={index} block={block} />
      ))}
    </div>
  );
}

function Block({ block }: { readonly block: MarkdownBlock }) {
  switch (block.kind) {
    case 'heading':
      // Below the page's own headings.
      return <Title order={Math.min(block.level + 2, 6) as TitleOrder}>{inline(block.text)}</Title>;
    case 'paragraph':
      return (
        <Text size="sm" component="p">
          {inline(block.text)}
        </Text>
      );
    case 'quote':
      return <blockquote>{inline(block.text)}</blockquote>;
    case 'code':
      return <Code text={block.text} label="Example" />;
    case 'rule':
      return <hr />;
    case 'list':
      return (
        <List size="sm" type={block.isOrdered ? 'ordered' : 'unordered'}>
          {block.items.map((item, index) => (
            <List.Item key={index}>{inline(item)}</List.Item>
          ))}
        </List>
      );
    case 'table':
      return (
        <div className="table-box" tabIndex={0} role="region" aria-label="Table">
          <Table
            fz="sm"
            data={{ head: block.head.map(inline), body: block.rows.map((row) => row.map(inline)) }}
          />
        </div>
      );
  }
}

/** Code, links and emphasis; each alternative takes a bounded run without its own mark, so no text takes long. */
const MARKS =
  /`([^`]{1,500})`|\[([^[\]]{1,300})\]\(([^()\s]{1,1000})\)|\*\*([^*]{1,500})\*\*|\*([^*\s][^*]{0,500})\*|<(https?:\/\/[^<>\s]{1,1000})>/g;

function inline(text: string): ReactNode {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const found of text.matchAll(MARKS)) {
    const [whole, code, label, target, strong, emphasis, address] = found;
    parts.push(text.slice(at, found.index));
    at = found.index + whole.length;
    if (code !== undefined) parts.push(<code key={at}>{code}</code>);
    else if (label !== undefined) parts.push(<SafeLink key={at} label={label} target={target ?? ''} />);
    else if (address !== undefined) parts.push(<SafeLink key={at} label={address} target={address} />);
    else if (strong !== undefined) parts.push(<strong key={at}>{strong}</strong>);
    else parts.push(<em key={at}>{emphasis}</em>);
  }
  return [...parts, text.slice(at)];
}

/** What leads elsewhere than to the web, a script or a file of the folder, stays text. */
function SafeLink({ label, target }: { readonly label: string; readonly target: string }) {
  if (!/^https?:\/\//i.test(target)) return <span title={target}>{label}</span>;
  return (
    <Anchor href={target} size="sm" target="_blank" rel="noreferrer noopener">
      {label}
    </Anchor>
  );
}
