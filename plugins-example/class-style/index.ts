import { GatePlugin, Get, HttpError, Logger, OnCleanup, OnInit, Post, reply, Task } from 'gatehouse';
import type { Exchange, ExchangeAt } from 'gatehouse';
import { Greetings } from './greetings';

@GatePlugin({
  author: 'example',
  module: 'class_style',
  name: 'Class style',
  version: '1.0.0',
  description: 'A plugin as a class: decorated methods, an injected constructor.',
})
export class ClassStyle {
  // Injected by type: import such classes as values, `import type` leaves nothing to inject by.
  constructor(
    private readonly greetings: Greetings,
    private readonly logger: Logger,
  ) {}

  @OnInit()
  open(): void {
    this.greetings.teach('en', 'Hello');
    this.logger.info(`greets in ${this.greetings.languages.join(', ')}`);
  }

  @Get('/greetings/:name')
  greet({ params, query }: ExchangeAt<'/greetings/:name'>): { greeting: string } {
    const language = typeof query.language === 'string' ? query.language : 'en';
    const greeting = this.greetings.greet(language, params.name);
    if (greeting === undefined) throw new HttpError(404, `Nobody taught me ${language}.`);
    return { greeting };
  }

  @Post('/languages')
  teach(exchange: Exchange): unknown {
    const { language, word } = exchange.json<Partial<Record<string, string>>>();
    if (!language || !word) throw new HttpError(400, 'Give a "language" and its "word".');
    this.greetings.teach(language, word);
    return reply(201, { languages: this.greetings.languages });
  }

  /** Declared and listed; worked once jobs are. */
  @Task('report', { attempts: 3 })
  report(): { languages: number } {
    return { languages: this.greetings.languages.length };
  }

  @OnCleanup()
  close(): void {
    this.logger.info(`said goodbye in ${this.greetings.languages.length} languages`);
  }
}
