// What a definition imports. It is evaluated in a process of its own whose start every build waits for: nothing heavy here.

export { defineSystem, type SystemDefinition, type SystemInput } from './model/definition/define-system.ts';
export type { Definition } from './model/definition/definition.ts';
export type { DefinitionInput } from './model/definition/definition-input.ts';
export { type Fragment, type FragmentInput, fragment } from './model/definition/fragment.ts';
