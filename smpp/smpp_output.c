/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "smpp/smpp_output.h"

#include <errno.h>
#include <string.h>
#include <talloc.h>

enum {
	FIRST_SIZE = 512,
	KEPT_SIZE = 256 * 1024, /* a larger buffer is not kept once it is empty */
};

int smpp_output_init(struct smpp_output *o, void *ctx)
{
	o->data = talloc_array(ctx, uint8_t, FIRST_SIZE);
	o->cap = FIRST_SIZE;
	o->start = o->end = 0;
	return o->data ? 0 : -ENOMEM;
}

/* Makes more room behind `end`: by moving down when that at least halves what is in use, so that
 * each octet is moved a bounded number of times, else by doubling. */
static int make_room(struct smpp_output *o)
{
	size_t used = o->end - o->start;

	if (o->start < o->cap / 2) {
		uint8_t *bigger = talloc_realloc(NULL, o->data, uint8_t, o->cap * 2);

		if (!bigger)
			return -ENOMEM;
		o->data = bigger;
		o->cap *= 2;
		return 0;
	}
	memmove(o->data, o->data + o->start, used);
	o->start = 0;
	o->end = used;
	return 0;
}

int smpp_output_put(struct smpp_output *o, const struct smpp_pdu *pdu)
{
	for (;;) {
		ssize_t len = smpp_pdu_encode(pdu, o->data + o->end, o->cap - o->end);
		int rc;

		if (len >= 0) {
			o->end += (size_t)len;
			return 0;
		}
		if (len != -EMSGSIZE || o->cap - o->end >= SMPP_PDU_MAX)
			return (int)len;
		rc = make_room(o);
		if (rc < 0)
			return rc;
	}
}

void smpp_output_taken(struct smpp_output *o, size_t len)
{
	size_t used = o->end - o->start;
	uint8_t *smaller;

	o->start += len < used ? len : used;
	if (o->start < o->end)
		return;
	o->start = o->end = 0;
	if (o->cap <= KEPT_SIZE)
		return;
	smaller = talloc_realloc(NULL, o->data, uint8_t, FIRST_SIZE);
	if (smaller) {
		o->data = smaller;
		o->cap = FIRST_SIZE;
	}
}
