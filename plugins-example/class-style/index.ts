import { GatePlugin, Get, HttpError, Logger, OnCleanup, OnInit, Post, Task, z } from 'gatehouse';
import type { ExchangeAt, ExchangeOf } from 'gatehouse';
import { Greetings } from './greetings';

const teaching = {
  summary: 'Teach it to greet in one language more',
  body: z.object({ language: z.string().min(2), word: z.string().min(1) }),
  response: z.object({ languages: z.array(z.string()) }),
  status: 201,
};

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

  @Post('/languages', teaching)
  teach({ body: { language, word } }: ExchangeOf<typeof teaching>): { languages: string[] } {
    this.greetings.teach(language, word);
    return { languages: [...this.greetings.languages] };
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
