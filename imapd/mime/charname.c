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

#include <string.h>
#include <strings.h>

#include "imapd/mime/charname.h"

/* As in mail, and for iconv(3) if that is something else. */
static const struct {
	const char	*name;
	const char	*known;
} names[] = {
	{ "us-ascii", MIME_CHARNAME_ASCII },
	{ "ascii", MIME_CHARNAME_ASCII },
	{ "ansi_x3.4-1968", MIME_CHARNAME_ASCII },
	{ "utf-8", MIME_CHARNAME_UTF8 },
	{ "utf8", MIME_CHARNAME_UTF8 },
	{ "unicode-1-1-utf-8", MIME_CHARNAME_UTF8 },
	{ "iso-8859-1", MIME_CHARNAME_1252 },
	{ "iso8859-1", MIME_CHARNAME_1252 },
	{ "iso_8859-1", MIME_CHARNAME_1252 },
	{ "latin1", MIME_CHARNAME_1252 },
	{ "windows-1252", MIME_CHARNAME_1252 },
	{ "cp1252", MIME_CHARNAME_1252 },
	{ "iso-8859-2", NULL }, { "iso-8859-3", NULL },
	{ "iso-8859-4", NULL }, { "iso-8859-5", NULL },
	{ "iso-8859-6", NULL }, { "iso-8859-7", NULL },
	{ "iso-8859-8", NULL }, { "iso-8859-8-i", "iso-8859-8" },
	{ "iso-8859-9", "cp1254" }, { "iso-8859-10", NULL },
	{ "iso-8859-11", "cp874" }, { "iso-8859-13", NULL },
	{ "iso-8859-14", NULL }, { "iso-8859-15", NULL },
	{ "iso-8859-16", NULL },
	{ "windows-1250", "cp1250" }, { "cp1250", NULL },
	{ "windows-1251", "cp1251" }, { "cp1251", NULL },
	{ "windows-1253", "cp1253" }, { "cp1253", NULL },
	{ "windows-1254", "cp1254" }, { "cp1254", NULL },
	{ "windows-1255", "cp1255" }, { "cp1255", NULL },
	{ "windows-1256", "cp1256" }, { "cp1256", NULL },
	{ "windows-1257", "cp1257" }, { "cp1257", NULL },
	{ "windows-1258", "cp1258" }, { "cp1258", NULL },
	{ "windows-874", "cp874" }, { "cp874", NULL },
	{ "tis-620", "cp874" },
	{ "koi8-r", NULL }, { "koi8-u", NULL },
	{ "cp437", NULL }, { "ibm437", "cp437" },
	{ "cp850", NULL }, { "ibm850", "cp850" },
	{ "cp852", NULL }, { "ibm852", "cp852" },
	{ "cp866", NULL }, { "ibm866", "cp866" },
	{ "macintosh", NULL }, { "viscii", NULL },
	{ "gb2312", "gb18030" }, { "gbk", "gb18030" },
	{ "cp936", "gb18030" }, { "gb18030", NULL },
	{ "big5", NULL }, { "big5-hkscs", NULL }, { "cp950", "big5" },
	{ "euc-jp", NULL }, { "iso-2022-jp", NULL },
	{ "shift_jis", "cp932" }, { "shift-jis", "cp932" },
	{ "sjis", "cp932" }, { "windows-31j", "cp932" }, { "cp932", NULL },
	{ "euc-kr", "cp949" }, { "ks_c_5601-1987", "cp949" },
	{ "cp949", NULL }, { "iso-2022-kr", NULL },
	{ "utf-7", NULL }, { "utf-16", NULL }, { "utf-16be", NULL },
	{ "utf-16le", NULL }
};

const char *
mime_charname(const char *name, size_t len)
{
	const char	*canon;
	size_t		 i, n = sizeof(names) / sizeof(names[0]);

	for (i = 0; i < n; i++) {
		if (strlen(names[i].name) == len &&
		    strncasecmp(names[i].name, name, len) == 0)
			break;
	}
	if (i == n)
		return (NULL);
	if (names[i].known == NULL)
		return (names[i].name);
	canon = names[i].known;
	/* The charset's own entry gives the pointer for all its names. */
	for (i = 0; i < n; i++) {
		if (strcasecmp(names[i].name, canon) == 0)
			return (names[i].known == NULL ? names[i].name :
			    names[i].known);
	}
	return (canon);
}

const char *
mime_charname_nth(size_t i)
{
	return (i < sizeof(names) / sizeof(names[0]) ? names[i].name : NULL);
}
