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
 * Generations: a table is compacted to a new file while batches are published,
 * the writer is killed between any two steps and started again, and a session
 * reads one generation to its end and goes on in another, which need not be
 * the next.  See modseq-table(5), COMPACTION, and indexd/compact.c,
 * indexd/root.c, imapd/view.c, whose functions have these names.
 *
 * A publish is one step here: publish.pml shows that a state is that of one
 * batch, and that recovery ends one that was cut short; session.pml that a
 * drain comes to what stands in the state that it began with.  That state may
 * be an old one, as C11 allows, but for a session that has seen superseded:
 * that is stored with release behind all stores to the file and read with
 * acquire, so what is read after it is the end.  Likewise for one that has had
 * an answer of indexd's: the last thing that the session here does.
 *
 * A file that no name leads to stays with those that have mapped it.
 */

#ifndef KILLS
#define KILLS		2
#endif
#ifndef BATCHES
#define BATCHES		2	/* one mod-sequence each, from 1 */
#endif
#define UIDS		2
#define GENERATIONS	3

#define ALL		6	/* UIDs 1 and 2 */
#define IN(set, n)	(((set) >> (n)) & 1)
#define ADD(set, n)	set = (set) | (1 << (n))
#define DROP(set, n)	set = (set) & ~(1 << (n))

/* What was done, by mod-sequence: to whom, and whether it was expunged. */
byte uid[4];
bool expunged[4];
byte died[4];			/* by UID, mod-sequence; 0: lives */
byte flags[4];			/* of the last change of flags */

/* The files. */
byte named;			/* the set of generations that have a name */
byte marked;			/* superseded is set in these */
byte high[3];			/* HIGHESTMODSEQ */
byte live[3];			/* rows */
byte tomb[3];			/* tombstones */
byte kept[3];			/* entries of the log, by mod-sequence */

/* indexd. */
bool up = true;
bool done;
byte newest;			/* the generation that it answers with */

#define LIVE(u, m)	(died[u] == 0 || died[u] > (m))

inline publish(t)
{
	if
	:: high[t] < BATCHES ->
		if
		:: IN(live[t], 1) -> u = 1
		:: IN(live[t], 2) -> u = 2
		:: else -> u = 0
		fi;
		if
		:: u != 0 ->
			high[t]++;
			uid[high[t]] = u;
			ADD(kept[t], high[t]);
			if
			:: expunged[high[t]] = true;
				died[u] = high[t];
				DROP(live[t], u);
				ADD(tomb[t], u)
			:: flags[u] = high[t]
			fi;
#ifndef BUG_NO_CATCH_UP
			/* Copied again, a tombstone as well. */
			if
			:: IN(copy, u) && died[u] != 0 -> ADD(copytomb, u)
			:: else
			fi
#endif
		:: else
		fi;
		u = 0
	:: else
	fi
}

/* What the log of the new generation has of the old one's. */
inline copy_log(t)
{
	kept[t + 1] = 0;
	m = 1;
	do
	:: m <= high[t] ->
		if
		:: m > begin -> ADD(kept[t + 1], m)
		:: m <= begin && IN(kept[t], m) && !expunged[m] &&
		    flags[uid[m]] == m && died[uid[m]] == 0 ->
#ifndef BUG_DROP_LAST
			ADD(kept[t + 1], m)
#else
			skip
#endif
		:: else
		fi;
		m++
	:: else -> break
	od;
	m = 0
}

inline kill()
{
	kills++;
	up = false;
	compacting = false;
	copy = 0;
	copied = 0;
	copytomb = 0;
	begin = 0;
	goto start
}

active proctype indexd()
{
	byte u, m, g, kills;
	bool compacting;
	byte begin, copied, copy, copytomb;

	d_step {
		named = 1;
		live[0] = ALL
	}
work:
	do
	:: atomic { publish(newest) }
	:: atomic { !compacting && newest + 1 < GENERATIONS ->
		compacting = true;
		begin = high[newest]
	    }
	/* A row at a time: what is dead is not copied. */
	:: atomic { compacting && copied < UIDS ->
		copied++;
		if
		:: IN(live[newest], copied) -> ADD(copy, copied)
		:: else
		fi
	    }
	:: compacting && copied == UIDS ->
		break
	:: atomic { kills < KILLS -> kill() }
	:: done = true ->
		goto end
	od;
	/* finish() and take_over(), between two commits. */
	skip;
#ifdef BUG_MARK_FIRST
	ADD(marked, newest);
	atomic {
		if
		:: kills < KILLS -> kill()
		:: true
		fi
	}
#endif
	d_step {
		/* catch_up(), and the file is synced. */
#ifdef BUG_NO_CATCH_UP
		live[newest + 1] = copy;
#else
		live[newest + 1] = live[newest];
#endif
		tomb[newest + 1] = copytomb;
		high[newest + 1] = high[newest];
		copy_log(newest)
	}
	ADD(named, newest + 1);
	atomic {
		if
		:: kills < KILLS -> kill()
		:: true
		fi
	}
	ADD(marked, newest);
	atomic {
		if
		:: kills < KILLS -> kill()
		:: true
		fi
	}
#ifdef BUG_PUBLISH_OLD
	atomic { publish(newest) }
#endif
	d_step {
		DROP(named, newest);
		newest++;
		compacting = false;
		copy = 0;
		copied = 0;
		copytomb = 0;
		begin = 0
	}
	goto work;
start:
	/* root_list(): the newest is taken, the others are superseded. */
	g = GENERATIONS;
	do
	:: atomic { g > 0 -> g--;
		if
		:: IN(named, g) ->
			newest = g;
			break
		:: else
		fi
	    }
	od;
	do
	:: g > 0 ->
		g--;
		if
		:: IN(named, g) ->
#ifdef BUG_UNLINK_FIRST
			DROP(named, g);
#endif
			atomic {
				if
				:: kills < KILLS -> kill()
				:: true
				fi
			}
#ifndef BUG_NO_MARK_AT_START
			ADD(marked, g);
#endif
			atomic {
				if
				:: kills < KILLS -> kill()
				:: true
				fi
			}
			DROP(named, g)
		:: else
		fi
	:: else -> break
	od;
	up = true;
	goto work;
end:
	skip
}

/* Reads the log of generation g up to the end of a state. */
inline drain()
{
	/* table_state() */
	atomic {
	state = (least > place -> least : place);
	do
	:: state < high[g] && !over && !last -> state++
	:: state < high[g] && (over || last) -> state = high[g]
	:: (!over && !last) || state == high[g] -> break
	od;
	skip;
	d_step {
		m = place + 1;
		do
		:: m <= state ->
			if
			:: IN(kept[g], m) && expunged[m] &&
			    IN(tomb[g], uid[m]) && IN(known, uid[m]) ->
				ADD(gone, uid[m])
			:: else
			fi;
			m++
		:: else -> break
		od;
		m = 0;
		place = state;
		state = 0;
		least = 0
	}	}
}

/* Of what lives here at the end, what does not there is gone. */
inline merge()
{
	d_step {
#ifndef BUG_NO_MERGE
		u = 1;
		do
		:: u <= UIDS ->
			if
			:: IN(live[g], u) && !IN(live[next], u) ->
				ADD(gone, u);
				/* publish.pml: no older state from now on. */
				least = (died[u] > least -> died[u] : least)
			:: else
			fi;
			u++
		:: else -> break
		od;
		u = 0;
#endif
		g = next;
		next = 0
	}
}

/* verify(): what is live or gone is what was announced. */
inline verify()
{
	d_step {
		u = 1;
		do
		:: u <= UIDS ->
			assert(!IN(known, u) || IN(gone, u) == !LIVE(u, place));
			assert(IN(known, u) || !IN(gone, u));
			u++
		:: else -> break
		od;
		u = 0
	}
}

inline view_sync()
{
	do
	::
#ifdef BUG_OVER_LATE
		over = false;
		drain();
		over = IN(marked, g);
#else
		over = IN(marked, g);
		drain();
#endif
		if
		:: !over -> break
		:: else
		fi;
		/* Asks indexd, which has to be there. */
		atomic {
			up && newest != g ->
			next = newest;
			/* Its answer comes after what it has published. */
			least = high[newest]
		}
		merge()
	od;
	over = false;
	verify()
}

/* view_news(): the changes of flags up to the place. */
inline view_news()
{
	d_step {
		m = told + 1;
		do
		:: m <= place ->
			if
			:: IN(kept[g], m) && !expunged[m] &&
			    flags[uid[m]] == m -> sent[uid[m]] = m
			:: else
			fi;
			m++
		:: else -> break
		od;
		m = 0;
		told = place;
		u = 1;
		do
		:: u <= UIDS ->
			/* None is missed. */
			assert(IN(gone, u) || !IN(known, u) || died[u] != 0 ||
			    flags[u] > place || sent[u] == flags[u]);
			u++
		:: else -> break
		od;
		u = 0
	}
}

active proctype session()
{
	byte g, next, place, told, state, least, u, m;
	byte known = ALL, gone;
	byte sent[4];
	bool over, last;

	do
	:: last = done;
		view_sync();
		if
		:: view_news()
		:: !last
		fi;
		d_step {
			known = known & ~gone;
			gone = 0
		}
		if
		:: last -> break
		:: else
		fi
	od;
	/* Nobody writes any more, and nothing was missed. */
	assert(g == newest && place == high[newest] && known == live[newest])
}
