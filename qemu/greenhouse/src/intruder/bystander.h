/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INTRUDER_BYSTANDER_H
#define INTRUDER_BYSTANDER_H

/* What intruder --turns prints before an attempt; it then waits for a line of input. */
#define BYSTANDER_ENQUIRY '\005'

/*
 * Has a process under the profile of that name denied a capability on every processor. Waits for
 * it. Returns 0, or 1 when it could not be, with a line on standard error.
 */
int bystander_run(const char *label);

#endif
