/*
 * Copyright (c) 2026 The Highwater authors
 *
 * Permission to use, copy, modify, and distribute this software for any
 * purpose with or without fee is hereby granted, provided that the above
 * copyright notice and this permission notice appear in all copies.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES
 * WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF
 * MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR
 * ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN
 * ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF
 * OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.
 */

#include <sys/types.h>
#include <sys/resource.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/confine.h"
#include "common/log.h"

/*
 * Which limit takes in what malloc(3) gets from mmap(2), and how much that
 * limit takes in beside it: code, and the tables, which are mapped.
 */
#if defined(__FreeBSD__) || defined(__NetBSD__)
#define LIMIT_DATA	RLIMIT_AS
#define LIMIT_BESIDE	(UINT64_C(4) << 30)
#else
#define LIMIT_DATA	RLIMIT_DATA
#define LIMIT_BESIDE	0
#endif

extern char	**environ;

int		 confine_traceable;

static int	limit(int, rlim_t, const char *);

void
confine_process(void)
{
	(void)limit(RLIMIT_CORE, 0, "core dumps");
	confine_untraceable();
}

void
confine_environment(void)
{
	char **e, *tz = getenv("TZ");

	if (tz != NULL && (tz = strdup(tz)) == NULL)
		fatal("environment");
	if (environ != NULL) {
		for (e = environ; *e != NULL; e++)
			explicit_bzero(*e, strlen(*e));
		*environ = NULL;
	}
	if (tz != NULL && setenv("TZ", tz, 1) == -1)
		fatal("environment");
	free(tz);
	tzset();
}

/* Lower than a limit of the administrator's is left as it is. */
static int
limit(int which, rlim_t most, const char *what)
{
	struct rlimit rl;

	if (getrlimit(which, &rl) == -1)
		goto bad;
	if (rl.rlim_max != RLIM_INFINITY && rl.rlim_max < most)
		most = rl.rlim_max;
	rl.rlim_cur = rl.rlim_max = most;
	if (setrlimit(which, &rl) == 0)
		return (0);
bad:
	log_warn("confine: limit of %s", what);
	return (-1);
}

int
confine_limits(int fork, uint64_t data)
{
	if (limit(RLIMIT_CORE, 0, "core dumps") == -1)
		return (-1);
#ifdef CONFINE_SANITIZED
	/* Its shadow of the memory is larger than any limit; it forks. */
	data = 0;
	fork = 1;
#endif
#ifdef RLIMIT_NPROC
	if (!fork && limit(RLIMIT_NPROC, 0, "processes") == -1)
		return (-1);
#else
	(void)fork;
#endif
	if (data != 0 && limit(LIMIT_DATA, (rlim_t)(data + LIMIT_BESIDE),
	    "memory") == -1)
		return (-1);
	return (0);
}
