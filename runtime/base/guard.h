/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GUARD(name) is 1, except in a mutant: a build with -DGUARD_OFF_name=1, which removes that one
 * guard so that a test can be seen to fail without it (tests/mutants lists them). A release build
 * does not look at the switches at all, and lint shows that none is left after preprocessing.
 */
#ifndef BASE_GUARD_H
#define BASE_GUARD_H

#ifdef BULKHEAD_RELEASE
#define GUARD(name) 1
#else
/* An argument that is the number 1 turns into two arguments, any other word stays one. */
#define GUARD_ONE_1	      0,
#define GUARD_PICK(a, b, ...) b
#define GUARD_VALUE(switched) GUARD_PICK(switched 0, 1, unused)
#define GUARD_SWITCHED(value) GUARD_VALUE(GUARD_ONE_##value)
#define GUARD_EXPAND(off)     GUARD_SWITCHED(off)
#define GUARD(name)	      GUARD_EXPAND(GUARD_OFF_##name)
#endif

#endif
