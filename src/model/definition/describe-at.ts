import * as z from 'zod';
import { definitionSchema } from './definition-schema.ts';
import type { PropertyPath } from './property-path.ts';

/** What the schema says of the value at `path`, for a hint; undefined when it says nothing. */
export function describeAt(path: PropertyPath): string | undefined {
  return describeIn(definitionSchema, path);
}

function describeIn(schema: z.core.$ZodType, path: PropertyPath): string | undefined {
  const [key, ...rest] = path;
  const bare = unwrap(schema);
  if (key === undefined) return description(schema) ?? (bare === schema ? undefined : description(bare));
  if (bare instanceof z.ZodObject) {
    const child = (bare.shape as Record<string, z.core.$ZodType | undefined>)[key];
    return child === undefined ? undefined : describeIn(child, rest);
  }
  if (bare instanceof z.ZodRecord) return describeIn(bare.valueType, rest);
  if (bare instanceof z.ZodArray) return describeIn(bare.element, rest);
  if (bare instanceof z.ZodUnion || bare instanceof z.ZodDiscriminatedUnion) {
    for (const option of bare.options) {
      const found = describeIn(option, path);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

const description = (schema: z.core.$ZodType): string | undefined => z.globalRegistry.get(schema)?.description;

/** The schema inside defaults, options and transformations. */
function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional) {
    return unwrap(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrap(schema.in) : schema;
}
