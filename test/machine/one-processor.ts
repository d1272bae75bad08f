/**
 * What a test's machine has, instead of two processors. Seen with QEMU 7.2's emulation: of some 45 starts with two processors one
 * kernel died after a second in the middle of an instruction (`run_timer_softirq`, at a jump that the kernel patches while it runs),
 * and one firmware could not load its own shell; of some 40 with one processor, none. That is too few to prove anything; the suspicion is
 * code that one processor patches while another has it translated. One processor takes a fifth longer (46 s against 37 s on a busy
 * host), and two machines of one fill a host of two.
 */
export const ONE_PROCESSOR = { processors: 1 } as const;
