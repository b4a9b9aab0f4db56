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


/*
 * What a session makes of what it reads: the drain of the change log, its
 * place there, the set of messages that are gone and not yet announced, and
 * message numbers, while batches are published.  See modseq-table(5), READING,
 * and imapd/view.c, whose functions have these names.
 *
 * publish.pml has shown what one read gives; this model takes it from there,
 * in the same manner: the batches are made first, and each read is given any
 * version that it may get.
 *
 *	A state is that of one batch, with exp_seq, and all up to that batch
 *	happened before (hence the log up to its HIGHESTMODSEQ is there).
 *	A row or a bit of the tree is of that batch or of any later one, also
 *	of one that is just being published, and each of another one.
 *	Who has read a row or a bit that a later expunge has written finds
 *	exp_seq changed, and the next state is not older than that.
 *	Else exp_seq may be found changed if there is a later expunge.
 *
 * The mod-sequence of a batch is its number.
 */

#define BATCHES	3
#define FIRST	2		/* messages that are there at first */
#define UIDS	5		/* FIRST + BATCHES */

/* What was written. */
byte born[6], died[6];		/* by UID: in which batch; died 0: lives */
byte gone_in[4];		/* by batch: whom it expunged, 0: nobody */
byte lo[4], hi[4];		/* the range of its EXPUNGE entry */
byte exps[4];			/* by batch: expunges so far: exp_seq / 2 */
byte uidnexts[4];

#define IN(set, u)	(((set) >> (u)) & 1)
#define ADD(set, u)	set = (set) | (1 << (u))

/* Batches: nothing (flags), a message more, one less, or both. */
inline write_all()
{
	d_step {
		uidnexts[0] = FIRST + 1;
		u = 0
	}
	do
	:: b < BATCHES ->
		d_step {
			b++;
			u = 0;
			uidnexts[b] = uidnexts[b - 1];
			exps[b] = exps[b - 1]
		}
		do
		:: u + 1 < uidnexts[b] -> u++
		:: u > 0 && died[u] == 0 ->
			/* The range may span what went before. */
			d_step {
				died[u] = b;
				gone_in[b] = u;
				exps[b]++;
				lo[b] = u;
				hi[b] = u;
				do
				:: lo[b] > 1 && died[lo[b] - 1] != 0 ->
					lo[b]--
				:: else -> break
				od;
				do
				:: hi[b] + 1 < uidnexts[b] &&
				    died[hi[b] + 1] != 0 -> hi[b]++
				:: else -> break
				od
			}
			break
		:: u == 0 || died[u] != 0 -> break
		od;
		if
		:: true ->
			d_step {
				born[uidnexts[b]] = b;
				uidnexts[b]++
			}
		:: true
		fi
	:: else -> break
	od
}

/* Something of batch d was read. */
inline noticed(d)
{
	newest = (exps[d] > newest -> exps[d] : newest);
	least = (d > least -> d : least)
}

/* table_row(): is the message expunged? */
inline row(w)
{
	if
	:: died[w] != 0 && died[w] <= state -> dead = true
	:: died[w] > state ->
		if
		:: dead = true;
			noticed(died[w])
		:: dead = false
		fi
	:: else -> dead = false
	fi
}

/*
 * The tree is read: which of the later expunges of UIDs below uid are seen in
 * it, of those that the state does not know.
 */
inline tree(uid)
{
#ifdef BUG_SETTLE_FIRST
	was = newest;
#endif
	ahead = 0;
	e = state;
	do
	:: e < BATCHES ->
		e++;
		if
		:: gone_in[e] != 0 && gone_in[e] < (uid) ->
			if
			:: ADD(ahead, gone_in[e]);
				noticed(e)
			:: true
			fi
		:: else
		fi
	:: else -> break
	od;
	e = 0
}

#define LIVE(w)	(born[w] <= state && (died[w] == 0 || died[w] > state) && \
		!IN(ahead, w))

/* table_rank() of the first row with a UID >= uid. */
inline rank(uid)
{
	d_step {
		count = 0;
		w = 1;
		do
		:: w < (uid) -> count = count + LIVE(w); w++
		:: else -> break
		od;
		w = 0
	}
}

/* How many of gone are below uid, which table_rank() does not count. */
inline add_gone(uid)
{
	d_step {
		w = 1;
		do
		:: w < (uid) -> count = count + IN(gone, w); w++
		:: else -> break
		od;
		w = 0
	}
}

inline view_settled()
{
	if
#ifdef BUG_SETTLE_FIRST
	:: was > exp_seq -> settled = false
	:: was <= exp_seq -> settled = true
#elif !defined(BUG_NO_SETTLE)
	:: newest > exp_seq -> settled = false
	:: newest <= exp_seq && exps[BATCHES] > exp_seq -> settled = false
	:: newest <= exp_seq -> settled = true
#else
	:: settled = true
#endif
	fi
}

inline take_one(w)
{
	ADD(gone, w);
	if
	:: gone_modseq == 0 || died[w] < gone_modseq -> gone_modseq = died[w]
	:: else
	fi
}

/* Of an entry that names one message the row is not looked at. */
inline take_expunges(e)
{
	u = lo[e];
	do
	:: lo[e] == hi[e] ->
#ifndef BUG_TAKE_NEW
		d_step {
			if
			:: u < uidnext -> take_one(u)
			:: else
			fi
		}
#else
		take_one(u);
#endif
		break
	:: lo[e] != hi[e] && u <= hi[e] ->
		if
#ifndef BUG_TAKE_NEW
		:: u >= uidnext
#endif
#ifdef BUG_TAKE_NEW
		:: u >= uidnexts[state]
		:: u < uidnexts[state] ->
#else
		:: u < uidnext ->
#endif
			row(u);
			if
#ifdef BUG_TAKE_OLD
			:: dead ->
#else
			:: dead && died[u] > place ->
#endif
				d_step {
					take_one(u)
				}
			:: else
			fi
		fi;
		u++
	:: lo[e] != hi[e] && u > hi[e] -> break
	od
}

/* table_state(): that of some batch. */
inline table_state()
{
	state = (least > state -> least : state);
	do
	:: state < BATCHES -> state++
	:: break
	od;
	exp_seq = exps[state];
	least = state
}

inline drain()
{
	table_state();
	/* While no message is known, none can be gone. */
	b = (uidnext > 1 -> place : state);
	do
	:: b < state ->
		b++;
		if
		:: lo[b] != 0 -> take_expunges(b)
		:: else
		fi
	:: else -> break
	od;
#ifdef BUG_PLACE_LATE
	table_state();
#endif
#ifdef BUG_EXP_LATE
	/* Taken anew after the walk. */
	b = state;
	do
	:: b < BATCHES -> b++
	:: break
	od;
	exp_seq = exps[b];
#endif
	place = state
}

inline view_sync()
{
	before = place;
	do
	:: drain();
		if
		:: place == before -> break
		:: else ->
			tree(uidnext);
			rank(uidnext);
			add_gone(uidnext);
			view_settled();
			if
			:: settled -> break
			:: else
			fi
		fi
	od;
	/* Else the session takes it for damage. */
	assert(place == before || count == exists);
	b = 0;
	u = 0
}

inline view_settle()
{
	view_settled();
	if
	:: !settled -> view_sync()
	:: else
	fi
}

inline view_admit()
{
	old = uidnext;
	do
	:: uidnext = old;
		view_settle();
		uidnext = uidnexts[state];
		tree(uidnext);
		rank(uidnext);
		add_gone(uidnext);
		view_settled();
		if
		:: settled -> break
		:: else
		fi
	od;
	exists = count;
	d_step {
		w = old;
		do
		:: w < uidnext ->
			if
			:: died[w] == 0 || died[w] > place -> ADD(known, w)
			:: else
			fi;
			w++
		:: else -> break
		od;
		w = 0
	}
}

/* view_take_gone(): the client is told. */
inline announce()
{
	d_step {
		w = 1;
		do
		:: w <= UIDS ->
			/* It was told of that one, and that it is there. */
			assert(!IN(gone, w) || IN(known, w));
			exists = exists - IN(gone, w);
			w++
		:: else -> break
		od;
		w = 0;
		known = known & ~gone;
		gone = 0;
		gone_modseq = 0
	}
}

/* view_number() of uid u, and uid_of() of that number, as the client counts. */
inline numbers()
{
	u = 1;
	do
	:: u < uidnext -> u++
	:: IN(known, u) -> break
	:: u == uidnext -> break
	od;
	if
	:: u < uidnext ->
		do
		:: view_settle_keep();
			tree(u);
			rank(u);
			add_gone(u);
			view_settled();
			if
			:: settled -> break
			:: else
			fi
		od;
		num = 0;
		d_step {
			w = 1;
			do
			:: w < u -> num = num + IN(known, w); w++
			:: else -> break
			od;
			w = 0
		}
		assert(count == num);
		do
		:: view_settle_keep();
			tree(uidnext);
			uid_now();
			view_settled();
			if
			:: settled -> break
			:: else
			fi
		od;
		assert(found == u)
	:: else
	fi;
	u = 0;
	num = 0;
	found = 0
}

inline view_settle_keep()
{
	old = u;
	view_settle();
	u = old
}

/* The UID that has num known messages before it. */
inline uid_now()
{
	d_step {
		below = 0;
		found = 0;
		x = 1;
		do
		:: x < uidnext ->
			if
			:: IN(gone, x) ->
				/* rank(x), add_gone(x) */
				count = 0;
				w = 1;
				do
				:: w < x ->
					count = count + LIVE(w) + IN(gone, w);
					w++
				:: else -> break
				od;
				if
				:: count == num -> found = x
				:: count < num -> below++
				:: else
				fi
			:: else
			fi;
			x++
		:: else -> break
		od;
		/* table_nth() */
		count = 0;
		w = 1;
		do
		:: w <= UIDS && found == 0 ->
			if
			:: LIVE(w) && count == num - below -> found = w
			:: else
			fi;
			count = count + LIVE(w);
			w++
		:: else -> break
		od;
		x = 0;
		w = 0;
		below = 0
	}
}

/* HIGHESTMODSEQ, when flags were told up to the place: view_highest(). */
inline view_highest()
{
	highest = place;
#ifndef BUG_HIGHEST
	highest = (gone_modseq > 0 && gone_modseq - 1 < highest ->
	    gone_modseq - 1 : highest);
#endif
	d_step {
		w = 1;
		do
		:: w <= UIDS ->
			/* Nothing up to it will be missed. */
			assert(!IN(known, w) || died[w] == 0 ||
			    died[w] > highest);
			w++
		:: else -> break
		od;
		w = 0;
		highest = 0
	}
}

/* What has been drained is announced or will be. */
inline check_place()
{
	d_step {
		w = 1;
		do
		:: w <= UIDS ->
			assert(!IN(known, w) || IN(gone, w) ||
			    died[w] == 0 || died[w] > place);
			w++
		:: else -> break
		od;
		assert(exists == IN(known, 1) + IN(known, 2) + IN(known, 3) +
		    IN(known, 4) + IN(known, 5));
		/* What is left over makes no difference. */
		w = 0;
		count = 0;
		ahead = 0;
		before = 0;
		old = 0;
		settled = false;
		dead = false;
		was = 0
	}
}

active proctype session()
{
	/* The view. */
	byte place, uidnext = 1, exists, gone, gone_modseq;
	byte state;		/* the batch of the state, */
	byte exp_seq;		/* and its exp_seq */
	/* What was seen of later batches. */
	byte newest, least, was;
	/* What the client knows. */
	byte known;
	byte b, u, w, x, e, ahead, before, old;
	byte count, num, below, found, highest;
	bool dead, settled;

	write_all();
	b = 0;
	view_sync();
	view_admit();
	check_place();
	do
	:: view_sync(); check_place()
	:: view_admit(); check_place()
	:: announce(); check_place()
	:: numbers(); check_place()
	:: view_highest()
	od
}
