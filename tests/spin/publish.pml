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
 * What one reader may see of a table while batches are published, the writer
 * is killed at any store and recovery is, under the memory model of C11 and
 * not the sequential one of SPIN.  See modseq-table(5), READING.
 *
 * A reader stores nothing that the writer or another reader looks at.  So the
 * writer's stores are one list, made first, and it is enough to look at one
 * reader over it: C11 lets a load take any store to its location that is not
 * older than one that the reader has taken there (coherence), nor than one
 * that happened before.  With a single writer "happened before" is a prefix
 * of the list:
 *
 *	a release store releases all up to itself;
 *	a relaxed store releases all up to the last release fence;
 *	a load that acquires takes over what the store that it read releases,
 *	a relaxed one does so at the next acquire fence.
 *
 * A load in the middle of others can only add to what happened before.  What
 * must hold for each of many words is therefore shown for one of them, chosen
 * freely, read alone: the others only take choices away.
 *
 * Data are the number of the batch that wrote them.  One row (ROW0) may be
 * changed or expunged by each batch, one (ROW1) is appended by some batch, in
 * an extent that is made for it.  A tree unit is two words, the second its
 * sum: right when both are of one version.  A sum makes no false friends here.
 */

#define BATCHES	3

/* Locations. */
#define PUB	0
#define EXP	1
#define SEQ0	2		/* row 0: sequence and two words */
#define A0	3
#define B0	4
#define SEQ1	5		/* row 1 */
#define A1	6
#define B1	7
#define TREE	8
#define SUM	9
#define MSGS	10		/* messages, unseen, ... */
#define UIDNEXT	11		/* and nrows */
#define NLOG	12
#define HIGH	13
#define EXTENT	14
#define LOG	14		/* + batch: its entry */
#define LOCS	18

/* How many stores a location has room for, and where. */
#define ROOM(l)	((l) == PUB -> 16 : ((l) <= SEQ0 -> 12 : 5))
#define AT(l)	((l) == PUB -> 0 : ((l) <= SEQ0 -> 4 + (l) * 12 : 25 + (l) * 5))

#define RELAXED	0
#define STRONG	1		/* release for a store, acquire for a load */

/* The list, by location. */
byte cnt[LOCS];
byte val[115];
byte idx[115];			/* place in the list */
byte rel[115];			/* what it releases */
byte n;				/* stores so far */
byte fenced;			/* of them before the last release fence */
byte gone;			/* how often exp_seq has to have gone up */
byte expver[6];			/* the same when a tree was written */

/* The writer. */
byte left = 255;		/* stores until it is killed */
bool dead;
bool recovered;
byte round;
byte batch;			/* the last that the journal has */
byte wrote0[4];			/* last batch <= b that wrote row 0 */
byte appended;			/* which one did, 0: none yet */
bool expunge;
bool append;

#define LAST(l)	val[AT(l) + cnt[l] - 1]

inline put(l, value, strong)
{
	if
	:: dead || left == 0 -> dead = true
	:: else ->
		if
		:: left < 255 -> left--
		:: else
		fi;
		n++;
		if
		:: cnt[l] == ROOM(l) -> printf("no room\n"); assert(false)
		:: else
		fi;
		/* By coherence a reader sees nothing go back either. */
		assert(l == TREE || l == SUM || value >= LAST(l));
		val[AT(l) + cnt[l]] = value;
		idx[AT(l) + cnt[l]] = n;
		if
		:: (strong) == STRONG -> rel[AT(l) + cnt[l]] = n
		:: else -> rel[AT(l) + cnt[l]] = fenced
		fi;
		cnt[l]++
	fi
}

inline fence_release()
{
	fenced = n
}

inline writer_begin(exp)
{
	put(PUB, LAST(PUB) | 1, RELAXED);
	if
	:: exp && !dead && left > 0 -> gone = gone + 1 - (LAST(EXP) & 1)
	:: else
	fi;
	if
	:: exp ->
#if defined(BUG_EXP_RELAXED)
		put(EXP, LAST(EXP) | 1, RELAXED)
#elif !defined(BUG_NO_EXP) && !defined(BUG_EXP_LATE)
		put(EXP, LAST(EXP) | 1, STRONG)
#endif
	:: else
	fi;
#ifndef BUG_NO_PUB_FENCE
	fence_release()
#endif
}

inline writer_end()
{
#ifdef BUG_PUB_FIRST
	put(PUB, LAST(PUB) + (LAST(PUB) & 1), STRONG);
#endif
	put(EXP, LAST(EXP) + (LAST(EXP) & 1), STRONG);
	put(PUB, LAST(PUB) + (LAST(PUB) & 1), STRONG)
}

inline writer_row(seq, value)
{
#ifndef BUG_ROW_IN_PLACE
	put(seq, LAST(seq) | 1, RELAXED);
#endif
#ifndef BUG_NO_ROW_FENCE
	fence_release();
#endif
	put(seq + 1, value, RELAXED);
	put(seq + 2, value, RELAXED);
#ifdef BUG_ROW_RELAXED
	put(seq, LAST(seq) + (LAST(seq) & 1), RELAXED)
#else
	put(seq, LAST(seq) + (LAST(seq) & 1), STRONG)
#endif
}

/* A unit of the tree. */
inline writer_tree(value)
{
	expver[value] = gone;
	put(TREE, value, RELAXED);
	put(SUM, value, RELAXED)
}

inline writer_head(value)
{
	put(MSGS, value, RELAXED);
#ifndef BUG_LOG_LATE
	put(LOG + batch, batch, RELAXED);
#endif
	put(UIDNEXT, value, STRONG);
	put(NLOG, value, STRONG);
#ifdef BUG_LOG_LATE
	put(LOG + batch, batch, RELAXED);
#endif
#ifndef BUG_HIGHEST_FIRST
	put(HIGH, value, STRONG)
#endif
}

inline publish()
{
	writer_begin(expunge);
	/* Growth. */
	if
	:: appended == batch -> put(EXTENT, 1, STRONG)
	:: else
	fi;
#ifdef BUG_HIGHEST_FIRST
	put(HIGH, batch, STRONG);
#endif
	if
	:: wrote0[batch] == batch -> writer_row(SEQ0, batch)
	:: else
	fi;
	if
	:: appended == batch -> writer_row(SEQ1, batch)
	:: else
	fi;
	writer_tree(batch);
#ifdef BUG_EXP_LATE
	if
	:: expunge -> put(EXP, LAST(EXP) | 1, STRONG)
	:: else
	fi;
#endif
	writer_head(batch);
	writer_end()
}

/*
 * Tables are brought up to the journal: rows that differ once, in their newest
 * form, the tree anew, then the numbers.  The versions of a tree built by
 * recovery are those from 4 on: its content is another's, but the expunges
 * that it knows of are counted anew.
 */
inline recover(version)
{
	dead = false;
#ifdef BUG_EVEN_FIRST
	/* Sequences that were left odd are made even before the rows. */
	put(SEQ0, LAST(SEQ0) + (LAST(SEQ0) & 1), STRONG);
#endif
#ifdef BUG_GROW_INSIDE
	/* A growth in the middle of it ends it for readers. */
	writer_begin(true);
	writer_end();
#endif
	writer_begin(true);
	if
	:: appended != 0 && LAST(EXTENT) == 0 -> put(EXTENT, 1, STRONG)
	:: else
	fi;
	if
	:: LAST(SEQ0) % 2 == 1 || LAST(A0) != wrote0[batch] ||
	    LAST(B0) != wrote0[batch] ->
		writer_row(SEQ0, wrote0[batch])
	:: else
	fi;
	if
	:: appended != 0 && (LAST(SEQ1) % 2 == 1 || LAST(A1) != appended ||
	    LAST(B1) != appended) ->
		writer_row(SEQ1, appended)
	:: else
	fi;
	writer_tree(version);
	writer_head(batch);
	writer_end()
}

/*
 * Two batches, the second killed somewhere or not at all.  If it was, recovery,
 * which is killed somewhere itself and done again, or is not and a third batch
 * follows.
 */
inline write_all()
{
	/* At first each location has what batch 0 left there. */
	d_step {
		do
		:: i < LOCS -> cnt[i] = 1; i++
		:: else -> break
		od;
		i = 0
	}
	do
	:: round < BATCHES && !dead ->
		round++;
		if
		:: round > 1 -> expunge = true
		:: round < 3 -> expunge = false
		fi;
		if
		:: round == 2 -> append = true
		:: append = false
		fi;
		left = 255;
		if
		:: round == 2 ->
			left = 0;
			do
			:: left < 24 -> left++
			:: break
			:: left = 255; break
			od
		:: else
		fi;
		skip;
		d_step {
			i = batch;
			if
			:: !dead ->
				batch++;
				if
				:: append -> appended = batch
				:: else
				fi;
				wrote0[batch] = (expunge || !append -> batch :
				    wrote0[batch - 1]);
				publish()
			:: else
			fi;
#ifdef BUG_PUBLISH_FIRST
			/* The journal gets it only now. */
			if
			:: dead ->
				batch = i;
				appended = (appended > i -> 0 : appended)
			:: else
			fi;
#endif
			i = 0;
			round = (round == 2 && !dead -> BATCHES : round)
		}
	:: dead && !recovered ->
		left = 255;
		if
		:: expunge && append ->
			left = 0;
			do
			:: left < 18 -> left++
			:: break
			od
		:: true
		fi;
		skip;
		d_step {
			recover(4);
			left = 255;
			recovered = true;
			i = 0
		}
	:: dead && recovered ->
		d_step {
			recover(5);
			round = BATCHES;
			i = 0
		}
	:: round == BATCHES && !dead -> break
	od
}

/* A load: v is what it got. */
inline load(l, strong)
{
	d_step {
		k = seen[l];
		do
		:: k + 1 < cnt[l] && idx[AT(l) + k + 1] <= happened -> k++
		:: else -> break
		od
	}
	do
	:: k + 1 < cnt[l] -> k++
	:: d_step {
		seen[l] = k;
		v = val[AT(l) + k];
		if
		:: rel[AT(l) + k] > pending -> pending = rel[AT(l) + k]
		:: else
		fi;
		if
		:: (strong) == STRONG && rel[AT(l) + k] > happened ->
			happened = rel[AT(l) + k]
		:: else
		fi;
		k = 0
	    } ->
		break
	od
}

inline fence_acquire()
{
#ifdef BUG_NO_ACQUIRE
	skip
#else
	happened = (pending > happened -> pending : happened)
#endif
}

/* table_row(): a and b; ends the run if it would have to try again. */
inline read_row(seq)
{
#ifdef BUG_FIRST_RELAXED
	load(seq, RELAXED);
#else
	load(seq, STRONG);
#endif
	s1 = v;
	(s1 % 2 == 0);
	load(seq + 1, RELAXED);
	a = v;
	load(seq + 2, RELAXED);
	b = v;
#ifndef BUG_NO_RECHECK
	fence_acquire();
	load(seq, RELAXED);
	(v == s1);
#endif
}

/* table_state(), one word of it, in v. */
inline read_state(l)
{
	load(PUB, STRONG);
	s1 = v;
	h = idx[AT(PUB) + seen[PUB]];
	(s1 % 2 == 0);
	load(l, RELAXED);
	s2 = v;
	fence_acquire();
	load(PUB, RELAXED);
	(v == s1);
	v = s2
}

/* What stood at location l when store number h was the last. */
inline stood(l)
{
	d_step {
		i = 0;
		do
		:: i + 1 < cnt[l] && idx[AT(l) + i + 1] <= h -> i++
		:: else -> break
		od;
		i = val[AT(l) + i]
	}
}

active proctype reader()
{
	byte happened;		/* all stores up to this happened before */
	byte pending;		/* up to this at the next acquire fence */
	byte seen[LOCS];	/* last store taken, by location */
	byte k, v;		/* load(): which, what */
	byte s1, s2, a, b, e1, h, loc, i;

	write_all();
	if
	/* A row is whole. */
	:: read_row(SEQ0);
		assert(a == b)
	/* Who has read it finds what exp_seq became for it. */
	:: read_row(SEQ0);
		load(EXP, RELAXED);
		assert((v + 1) / 2 >= expver[a])
	/* A row that is counted has a place, and is there. */
	:: load(UIDNEXT, STRONG);
		(appended != 0 && v >= appended);
		load(EXTENT, STRONG);
		assert(v == 1);
		read_row(SEQ1);
		assert(a == appended && b == appended)
	/* A state is of one moment. */
	:: if
		:: loc = EXP
		:: loc = MSGS
		:: loc = UIDNEXT
		:: loc = NLOG
		:: loc = HIGH
		:: loc = EXTENT
		fi;
		read_state(loc);
		stood(loc);
		assert(v == i)
	/* A tree is that of the expunges that were noted. */
	:: if
		:: load(EXP, STRONG);
			e1 = v;
			(e1 % 2 == 0)
		:: read_state(EXP);
			e1 = v
		fi;
		load(TREE, RELAXED);
		a = v;
		load(SUM, RELAXED);
		(v == a);
#ifndef BUG_NO_UNCHANGED
		fence_acquire();
		load(EXP, RELAXED);
		(v == e1);
#endif
		assert(e1 % 2 == 0 && expver[a] == e1 / 2)
	/* A publish is never taken for damage. */
	:: load(PUB, STRONG);
		s1 = v;
		load(TREE, RELAXED);
		a = v;
		load(SUM, RELAXED);
		b = v;
		fence_acquire();
		load(PUB, RELAXED);
		assert(a == b || v != s1 || s1 % 2 == 1)
	/* Up to HIGHESTMODSEQ all is there. */
	:: if
		:: load(HIGH, STRONG)
		:: read_state(HIGH)
		fi;
		h = v;
		if
		:: read_row(SEQ0);
			assert(a >= wrote0[h])
		:: load(UIDNEXT, RELAXED);
			assert(v >= h)
		:: load(NLOG, STRONG);
			assert(v >= h);
			i = 1;
			do
			:: i < h -> i++
			:: break
			od;
			(h > 0);
			load(LOG + i, RELAXED);
			assert(v == i)
		fi
	/* An entry that is counted is whole, and no row is older. */
	:: load(NLOG, STRONG);
		h = v;
		(h > 0);
		load(LOG + h, RELAXED);
		assert(v == h);
		read_row(SEQ0);
		assert(a >= wrote0[h])
	fi
}
