/* SPDX-License-Identifier: Apache-2.0 */
#include "supervise.h"

bool backoff_may_start(const struct backoff *b, uint64_t now)
{
	uint64_t oldest = b->starts[b->count % BACKOFF_STARTS];

	return b->count < BACKOFF_STARTS || now - oldest >= BACKOFF_WINDOW_MS;
}

void backoff_started(struct backoff *b, uint64_t now)
{
	b->starts[b->count % BACKOFF_STARTS] = now;
	/* Kept small: after an overflow the ring would be taken for one that is not full yet. */
	b->count = b->count + 1 < 2 * BACKOFF_STARTS ? b->count + 1 : BACKOFF_STARTS;
}

uint64_t backoff_delay(struct backoff *b, uint64_t ran_ms, uint64_t own_ms)
{
	uint64_t delay;

	if (ran_ms >= BACKOFF_STABLE_MS)
		b->doubled = 0;
	delay = (uint64_t)BACKOFF_FIRST_MS << b->doubled;
	if (delay >= BACKOFF_LAST_MS)
		delay = BACKOFF_LAST_MS;
	else
		b->doubled++;
	return delay > own_ms ? delay : own_ms;
}
