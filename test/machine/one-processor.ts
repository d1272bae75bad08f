/**
 * What a test's machine has, instead of two processors. Before 8.1 QEMU's emulation translates code without locking its page: a kernel
 * that patches a jump on one processor may leave another with a breakpoint that is no longer there, and an early boot in some forty
 * dies of "Fatal exception in interrupt". One processor cannot be overtaken; it takes a fifth longer, and two machines of one fill a
 * host of two.
 */
export const ONE_PROCESSOR = { processors: 1 } as const;
