/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/bucket.h"

void bucket_init(struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
	*bucket = (struct bucket){ .tokens = rate, .filled_ms = now_ms };
}

static double level(const struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
	double tokens = bucket->tokens + (double)rate * (double)(now_ms - bucket->filled_ms) / 1000;

	return tokens > rate ? rate : tokens;
}

bool bucket_has(const struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
	return rate == 0 || level(bucket, rate, now_ms) >= 1;
}

bool bucket_take(struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
	if (rate == 0)
		return true;
	bucket->tokens = level(bucket, rate, now_ms);
	bucket->filled_ms = now_ms;
	if (bucket->tokens < 1)
		return false;
	bucket->tokens -= 1;
	return true;
}

int64_t bucket_wait_ms(const struct bucket *bucket, uint32_t rate, int64_t now_ms)
{
	double missing = rate == 0 ? 0 : 1 - level(bucket, rate, now_ms);

	return missing <= 0 ? 0 : (int64_t)(missing * 1000 / rate) + 1;
}
