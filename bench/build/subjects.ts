import { type AshlarProject, ashlarProject, storeOfPackages } from './ashlar-project.ts';
import { type MkosiProject, mkosiProject } from './mkosi-project.ts';
import type { Workshop } from './workshop.ts';

/** Packages that one build or another adds: small, and none of them in the minimal system. */
export const ADDED_PACKAGES = ['less', 'tree', 'nano', 'bc', 'pv', 'file', 'jq'] as const;

/** The contestants, each ready to be measured. What no measure asks for is not prepared. */
export interface Subjects {
  readonly workshop: Workshop;
  readonly ashlar: () => Promise<WarmAshlar>;
  /** Has been built once, so that its packages, and those of {@link ADDED_PACKAGES}, are in its cache. */
  readonly mkosi: () => Promise<MkosiProject>;
  /** The same, with the tree that an incremental build goes on from. */
  readonly incrementalMkosi: () => Promise<MkosiProject>;
}

/** A project that has been built once in this call, and the store that it was built with. */
export interface WarmAshlar {
  readonly project: AshlarProject;
  readonly store: string;
}

export function prepareSubjects(workshop: Workshop): Subjects {
  const ashlar = once(async () => {
    workshop.say('Ashlar: lock, packages and first build');
    const project = await ashlarProject(workshop, 'minimal');
    const store = storeOfPackages(workshop, 'store', [project.lock]);
    await project.build(store);
    return { project, store };
  });
  const mkosi = once(async () => {
    const { lock } = (await ashlar()).project;
    workshop.say('mkosi: packages and first build');
    const project = await mkosiProject(workshop, lock);
    project.usePackages(lock, ADDED_PACKAGES);
    await project.build({ preparing: true });
    project.usePackages(lock);
    return project;
  });
  const incrementalMkosi = once(async () => {
    const project = await mkosi();
    workshop.say('mkosi: the build that incremental ones go on from');
    await project.build({ incremental: true });
    return project;
  });
  return { workshop, ashlar, mkosi, incrementalMkosi };
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}
