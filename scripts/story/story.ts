import type { GuestShell } from '../../src/vm/guest-shell.ts';
import type { CommandResult } from './ashlar-command.ts';
import type { StoryDevice } from './story-device.ts';

/** What the chapters of the story share. */
export interface Story {
  /** The folder with everything: keys, releases, repository, the machine's disk. */
  readonly folder: string;
  /** Which trials the preflights make: all where the processor runs the guests, the quickest where they are emulated. */
  readonly trials: readonly string[];
  /** Runs a verb in the folder; the command is shown as a person would type it. */
  ashlar(...words: readonly string[]): Promise<CommandResult>;
  /** Says what happens, in a line. */
  say(text: string): void;
  /** The machine, once it is on. */
  device?: StoryDevice;
  /** The console of the system that runs. */
  shell?: GuestShell;
}

/** A part of the story that can succeed or fail. */
export interface Chapter {
  readonly title: string;
  /** Tells it; returns what was seen, for the summary. Throws AssertionError when something else was seen. */
  readonly tell: (story: Story) => Promise<string>;
}
