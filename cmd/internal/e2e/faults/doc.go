// Package faults tests what the real programs do when the world is broken: every
// way in which Google's servers can fail, times every state of a keystore and of
// the machine, times docker and git; processes that are killed or stopped at
// every step; and what the programs touch, as the kernel saw it. It holds
// nothing but tests.
//
// A failure is one line that says what to do, in the stream that the client
// quotes. It comes in time, gives no secret away and leaves nothing behind. An
// answer is a token of the account that was asked for.
package faults
