/* SPDX-License-Identifier: Apache-2.0 */
/* What sensord leaves about, and where intruder looks for it: the one list for both. */
#ifndef GREENHOUSE_LURES_H
#define GREENHOUSE_LURES_H

#define LURE_SOCKET  "sensord" /* abstract address, after the NUL */
#define LURE_SHM_KEY 0x53454e53
#define LURE_QUEUE   "/sensord"
#define LURE_TMP     "/tmp/sensord.secret"
#define LURE_TEXT    "the vault opens at 19.5 degrees\n"

#endif
