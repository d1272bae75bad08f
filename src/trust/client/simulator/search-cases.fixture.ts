/** A delegation: from, to, and what it covers (everything at the top when absent). */
export interface SimulatedEdge {
  readonly from: string;
  readonly to: string;
  readonly terminating?: true;
  readonly paths?: readonly string[];
}

/** In which order the roles are visited by a search for a path that nobody has. */
export interface TraversalCase {
  readonly name: string;
  readonly edges: readonly SimulatedEdge[];
  readonly visited: readonly string[];
}

const edge = (from: string, to: string, more: Omit<SimulatedEdge, 'from' | 'to'> = {}): SimulatedEdge => ({
  from,
  to,
  ...more,
});

/** tuf-conformance, `test_graph_traversal`. */
export const TRAVERSAL_CASES: readonly TraversalCase[] = [
  { name: 'one delegation', edges: [edge('targets', 'A')], visited: ['A'] },
  { name: 'one level', edges: [edge('targets', 'A'), edge('targets', 'B')], visited: ['A', 'B'] },
  {
    name: 'two levels',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('B', 'C')],
    visited: ['A', 'B', 'C'],
  },
  {
    name: 'depth first, two levels',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('A', 'C'), edge('A', 'D')],
    visited: ['A', 'C', 'D', 'B'],
  },
  {
    name: 'depth first, three levels',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('A', 'C'), edge('C', 'D')],
    visited: ['A', 'C', 'D', 'B'],
  },
  {
    name: 'a terminating delegation ends the search after its own role',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('A', 'C', { terminating: true }), edge('A', 'D')],
    visited: ['A', 'C'],
  },
  {
    name: 'a terminating delegation is followed to its end',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('A', 'C', { terminating: true }), edge('C', 'D')],
    visited: ['A', 'C', 'D'],
  },
  {
    name: 'what does not cover the path is not followed, two levels',
    edges: [edge('targets', 'A', { paths: ['*.py'] }), edge('targets', 'B'), edge('A', 'C')],
    visited: ['B'],
  },
  {
    name: 'what does not cover the path is not followed, three levels',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('A', 'C', { paths: ['*.py'] }), edge('C', 'D')],
    visited: ['A', 'B'],
  },
  {
    name: 'a circle',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('B', 'C'), edge('C', 'D'), edge('D', 'B')],
    visited: ['A', 'B', 'C', 'D'],
  },
  {
    name: 'two delegate to a third',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('B', 'C'), edge('A', 'C')],
    visited: ['A', 'C', 'B'],
  },
  {
    name: 'two delegate to a third, one for other paths',
    edges: [edge('targets', 'A'), edge('targets', 'B'), edge('B', 'C'), edge('A', 'C', { paths: ['*.py'] })],
    visited: ['A', 'B', 'C'],
  },
];

/** The delegations of {@link SEARCH_CASES}, and which role lists which path. */
export const SEARCH_TREE: { readonly edges: readonly SimulatedEdge[]; readonly targets: readonly [string, string][] } =
  {
    edges: [
      edge('targets', 'A', { paths: ['*.doc', '*.md', 'foo-?.tgz'] }),
      edge('targets', 'B', { paths: ['releases/*/*'] }),
      edge('B', 'C', { paths: ['releases/x/*'] }),
      edge('B', 'D', { paths: ['releases/y/*.zip'] }),
    ],
    targets: [
      ['targets', 'targetfile'],
      ['A', 'README.md'],
      ['A', 'releases/README.md'],
      ['A', 'foo-1.tgz'],
      ['A', 'foo-alpha.tgz'],
      ['C', 'releases/x/x_v1'],
      ['D', 'releases/y/y_v1.zip'],
      ['D', 'releases/z/z_v1.zip'],
    ],
  };

export interface SearchCase {
  readonly name: string;
  readonly path: string;
  readonly found: boolean;
  readonly visited: readonly string[];
}

/** tuf-conformance, `test_targetfile_search`. */
export const SEARCH_CASES: readonly SearchCase[] = [
  { name: 'no delegation', path: 'targetfile', found: true, visited: [] },
  { name: 'a star', path: 'README.md', found: true, visited: ['A'] },
  { name: 'segments, x', path: 'releases/x/x_v1', found: true, visited: ['B', 'C'] },
  { name: 'segments, y', path: 'releases/y/y_v1.zip', found: true, visited: ['B', 'D'] },
  { name: 'not covered by all on the way', path: 'releases/z/z_v1.zip', found: false, visited: ['B'] },
  { name: 'a star ends at a slash', path: 'releases/README.md', found: false, visited: [] },
  { name: 'a question mark', path: 'foo-1.tgz', found: true, visited: ['A'] },
  { name: 'a question mark is one character', path: 'foo-alpha.tgz', found: false, visited: [] },
  { name: 'upper and lower case differ', path: 'README.MD', found: false, visited: [] },
];
