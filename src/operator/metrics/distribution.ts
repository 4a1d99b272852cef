/** How many values were at most each bound, and all of them. */
export class Distribution {
  /** As many as there are bounds, and one for all; each includes those before it. */
  readonly within: number[];
  sum = 0;

  /** `bounds` are ascending. */
  constructor(readonly bounds: readonly number[]) {
    this.within = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  add(value: number): void {
    this.sum += value;
    for (let index = this.bounds.length; index >= 0; index -= 1) {
      if (index < this.bounds.length && value > (this.bounds[index] as number)) return;
      this.within[index] = (this.within[index] as number) + 1;
    }
  }
}
