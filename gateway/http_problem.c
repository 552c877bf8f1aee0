/* SPDX-License-Identifier: AGPL-3.0-or-later */
#include "gateway/http_problem.h"

#include <stdlib.h>

json_t *http_problem(int code, const char *field, const char *detail)
{
	json_t *problem = json_pack("{ss ss si ss}", "type", "about:blank", "title",
				    http_reason(code), "status", code, "detail", detail);

	if (problem && field)
		json_object_set_new(problem, "field", json_string(field));
	return problem;
}

void http_problem_answer(struct http_exchange *exchange, int code, const char *field,
			 const char *detail)
{
	json_t *problem = http_problem(code, field, detail);
	char *text = problem ? json_dumps(problem, JSON_COMPACT) : NULL;
	bool again = code == 429 || code == 503;

	http_exchange_answer(exchange, code, "application/problem+json", text ? text : "{}",
			     code == 401 ? "WWW-Authenticate"
			     : again	 ? "Retry-After"
					 : NULL,
			     code == 401 ? "Bearer" : "1");
	free(text);
	json_decref(problem);
}
