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

#if defined(__has_include)
#if __has_include(<security/pam_appl.h>)
#define HAVE_PAM
#include <security/pam_appl.h>
#endif
#endif
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "imapd/auth.h"

#if defined(HAVE_PAM)

static int	ask(pam_handle_t *, const char *, const char *);
static int	converse(int, const struct pam_message **,
		    struct pam_response **, void *);
static int	result_of(pam_handle_t *, const char *, int, const char *);
static int	account(pam_handle_t *, const char *, struct auth_answer *);
#if defined(PAM_FAIL_DELAY)
static void	no_delay(int, unsigned int, void *);
#endif

/* What the conversation is held with. */
struct words {
	const char	*user;
	const char	*pass;
};

int
auth_pam(const char *service, const char *user, const char *pass,
    const char *addr, struct auth_answer *ans)
{
	struct words words;
	struct pam_conv conv;
	pam_handle_t *h = NULL;
	int error, result;

	words.user = user;
	words.pass = pass;
	conv.conv = converse;
	conv.appdata_ptr = &words;
	if ((error = pam_start(service, user, &conv, &h)) != PAM_SUCCESS) {
		log_warnx("auth: pam service %s cannot be started: error %d "
		    "user=%s", service, error, user);
		return (AUTH_ERROR);
	}
	if ((error = ask(h, pass, addr)) == PAM_SUCCESS)
		result = account(h, user, ans);
	else
		result = result_of(h, service, error, user);
	(void)pam_end(h, error);
	return (result);
}

static int
ask(pam_handle_t *h, const char *pass, const char *addr)
{
	int error;

	/* Some modules want a terminal, whatever it is. */
	if ((error = pam_set_item(h, PAM_TTY, "imapd")) != PAM_SUCCESS ||
	    (error = pam_set_item(h, PAM_RHOST, addr)) != PAM_SUCCESS)
		return (error);
#if defined(PAM_FAIL_DELAY)
	/* The supervisor delays, as long whatever was wrong. */
	{
		union {
			void	 (*fn)(int, unsigned int, void *);
			const void *p;
		} delay;

		delay.fn = no_delay;
		(void)pam_set_item(h, PAM_FAIL_DELAY, delay.p);
	}
#endif
	if (pass != NULL && (error = pam_authenticate(h, PAM_SILENT |
	    PAM_DISALLOW_NULL_AUTHTOK)) != PAM_SUCCESS)
		return (error);
	return (pam_acct_mgmt(h, PAM_SILENT | PAM_DISALLOW_NULL_AUTHTOK));
}

#if defined(PAM_FAIL_DELAY)
static void
no_delay(int error, unsigned int usec, void *arg)
{
	(void)error;
	(void)usec;
	(void)arg;
}
#endif

/* Answers what is asked; libpam frees and wipes the answers. */
static int
converse(int n, const struct pam_message **msg, struct pam_response **resp,
    void *arg)
{
	const struct words *words = arg;
	struct pam_response *r;
	const char *s;
	int i;

	if (n <= 0 || n > PAM_MAX_NUM_MSG ||
	    (r = calloc((size_t)n, sizeof(*r))) == NULL)
		return (PAM_CONV_ERR);
	for (i = 0; i < n; i++) {
		switch (msg[i]->msg_style) {
		case PAM_PROMPT_ECHO_OFF:
			s = words->pass;
			break;
		case PAM_PROMPT_ECHO_ON:
			s = words->user;
			break;
		case PAM_ERROR_MSG:
		case PAM_TEXT_INFO:
			continue;
		default:
			s = NULL;
			break;
		}
		if (s == NULL || (r[i].resp = strdup(s)) == NULL)
			goto fail;
	}
	*resp = r;
	return (PAM_SUCCESS);
fail:
	for (i = 0; i < n; i++) {
		if (r[i].resp != NULL)
			freezero(r[i].resp, strlen(r[i].resp));
	}
	free(r);
	return (PAM_CONV_ERR);
}

static int
result_of(pam_handle_t *h, const char *service, int error, const char *user)
{
	switch (error) {
	case PAM_USER_UNKNOWN:
		return (AUTH_UNKNOWN);
	case PAM_AUTH_ERR:
	case PAM_MAXTRIES:
		return (AUTH_PASSWORD);
	case PAM_PERM_DENIED:
		return (AUTH_LOCKED);
	case PAM_ACCT_EXPIRED:
	case PAM_NEW_AUTHTOK_REQD:
#if defined(PAM_AUTHTOK_EXPIRED)
	case PAM_AUTHTOK_EXPIRED:
#endif
		return (AUTH_EXPIRED);
	default:
		log_warnx("auth: pam service %s: %s user=%s", service,
		    pam_strerror(h, error), user);
		/* A no of pam_exec(8) looks so, and is a guess to count. */
		return (error == PAM_SYSTEM_ERR ? AUTH_PASSWORD : AUTH_ERROR);
	}
}

/* Modules may have made another user of it. */
static int
account(pam_handle_t *h, const char *user, struct auth_answer *ans)
{
	const void *item = NULL;
	struct passwd *pw;

	if (pam_get_item(h, PAM_USER, &item) == PAM_SUCCESS && item != NULL &&
	    strcmp(item, user) != 0) {
		if (!auth_name_ok(item)) {
			log_warnx("auth: pam made a name of it that no user "
			    "can have user=%s", user);
			return (AUTH_ENTRY);
		}
		(void)strlcpy(ans->user, item, sizeof(ans->user));
	}
	if ((pw = getpwnam(ans->user)) == NULL) {
		log_warnx("auth: pam knows the user, the system does not "
		    "user=%s", ans->user);
		return (AUTH_ENTRY);
	}
	return (auth_from_passwd(pw, ans));
}

#else

int
auth_pam(const char *service, const char *user, const char *pass,
    const char *addr, struct auth_answer *ans)
{
	(void)user;
	(void)pass;
	(void)addr;
	(void)ans;
	log_warnx("auth: this imapd was built without PAM (service %s)",
	    service);
	return (AUTH_ERROR);
}

#endif
