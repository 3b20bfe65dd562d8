/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INTRUDER_BYSTANDER_H
#define INTRUDER_BYSTANDER_H

/* What intruder --turns prints before an attempt; it then waits for a line of input. */
#define BYSTANDER_ENQUIRY '\005'

/*
 * Has a process under the profile of that name ask for a capability that it has not, on every
 * processor. Waits for it. Returns 0, or 1 when it could not ask, with a line on standard error.
 */
int bystander_run(const char *label);

#endif
