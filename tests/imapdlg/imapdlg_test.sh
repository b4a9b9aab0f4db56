# The dialogue driver itself, against servers that are a few lines of shell:
# what is right passes, and what is wrong fails.

# serve text: a server that says the lines of text and then reads to the end.
serve()
{
	{
		printf '%s\n' "$1" | while IFS= read -r line; do
			printf "printf '%%s\\\\r\\\\n' '%s'\n" "$line"
		done
		echo 'cat >got'
	} >fake
}

# dialogue text: writes it to the file dlg.
dialogue()
{
	printf '%s\n' "$1" >dlg
}

driver()
{
	echo "$(atf_get_srcdir)/imapdlg"
}

# passes, fails pattern, wrong pattern: what running it gives.
passes()
{
	atf_check -s exit:0 "$(driver)" -t 5000 '!sh fake 2>/dev/null' dlg
}

fails()
{
	atf_check -s exit:1 -e match:"$1" "$(driver)" -t 300 '!sh fake 2>/dev/null' dlg
}

wrong()
{
	atf_check -s exit:2 -e match:"$1" "$(driver)" -t 300 '!sh fake 2>/dev/null' dlg
}

# matches pattern line, differs pattern line
matches()
{
	serve "$2"
	dialogue "1 connect
1 < $1"
	passes
}

differs()
{
	serve "$2"
	dialogue "1 connect
1 < $1"
	fails 'dlg:2: connection 1 differs'
}

atf_test_case plain
plain_head()
{
	atf_set descr "plain text matches itself alone, as a whole"
}
plain_body()
{
	matches '* OK ready' '* OK ready'
	differs '* OK ready' '* OK ready.'
	differs '* OK ready' '** OK ready'
	differs '* OK' '* OK ready'
	matches '* FLAGS (\Seen [a] {2+} $$x | ^)' '* FLAGS (\Seen [a] {2+} $x | ^)'
	differs 'a.b' 'axb'
	matches '* OK ...' '* OK anything'
	differs '* OK ...' '* NO anything'
}

atf_test_case regex
regex_head()
{
	atf_set descr "pieces in {{ }} are regular expressions"
}
regex_body()
{
	matches '* {{[0-9]+}} EXISTS' '* 17 EXISTS'
	differs '* {{[0-9]+}} EXISTS' '* EXISTS'
	matches '{{(OK|NO)}} {{x{2}}}' 'NO xx'
	differs '{{(OK|NO)}} {{x{2}}}' 'NO x'
	serve 'x'
	dialogue '1 connect
1 < {{('
	wrong 'dlg:2: error in the dialogue'
}

atf_test_case variable
variable_head()
{
	atf_set descr "a variable is bound at first sight and checked later"
}
variable_body()
{
	serve '* 3 FETCH (MODSEQ (12))
* 3 FETCH (MODSEQ (12))
* 3 FETCH (MODSEQ (13))'
	dialogue '1 connect
1 < * $n FETCH (MODSEQ ($m))
1 < * $n FETCH (MODSEQ ($m))
1 < * $n FETCH (MODSEQ ($m))'
	fails 'dlg:4: connection 1 differs'
	dialogue '1 connect
1 < * $n FETCH (MODSEQ ($m))
1 < * $n FETCH (MODSEQ ($m))
unset m
1 < * $n FETCH (MODSEQ ($m))
assert $m == 13
assert $m >= $n+10
assert $m-$n != 9'
	passes
	matches '* $a $a' '* 7 7'
	differs '* $a $a' '* 7 8'
	matches '${a:[0-9]{2}}${b:.*}{{y}}' '12xy'
	differs '${a:[0-9]{3}}${b:.*}{{y}}' '12xy'
	serve 'x'
	dialogue '1 connect
1 > $nothing'
	wrong '\$nothing is not set'
}

atf_test_case compare
compare_head()
{
	atf_set descr "comparisons that do not hold fail"
}
compare_body()
{
	serve x
	for e in '1 < 2' '2 > 1' '2 >= 2' '2 <= 2' '3 == 1 + 2' '1 != 2'; do
		dialogue "assert $e"
		passes
	done
	for e in '2 < 2' '2 > 2' '1 >= 2' '3 <= 2' '3 == 2' '2 != 2'; do
		dialogue "assert $e"
		fails 'dlg:1: not so'
	done
	for e in '2' '2 ~ 3' 'a == a' '1 == 1 x' '1 =='; do
		dialogue "assert $e"
		wrong 'cannot compare'
	done
}

atf_test_case any_order
any_order_head()
{
	atf_set descr "[~ ~] takes its members in any order, each one once"
}
any_order_body()
{
	for l in '(a 1 b (x y))' '(b (x y) a 1)' '(b (y x) a 1)'; do
		matches '([~ a $n | b ([~ x | y ~]) ~])' "$l"
	done
	differs '([~ a $n | b ([~ x | y ~]) ~])' '(a 1 b (x x))'
	differs '([~ a | b ~])' '(a)'
	differs '([~ a | b ~])' '(a b c)'
	matches '[~ {{a|b}} | c ~]' 'c b'
}

atf_test_case group
group_head()
{
	atf_set descr "{ } takes responses in any order, and no other"
}
group_body()
{
	serve '* 1 EXISTS
* 0 RECENT
a OK done'
	dialogue '1 connect
1 {
	* 0 RECENT
	* 1 EXISTS
}
1 < a OK ...'
	passes
	dialogue '1 connect
1 {
	* 1 EXISTS
	a OK ...
}'
	fails 'got: \* 0 RECENT'
	dialogue '1 connect
1 {~
	* 0 RECENT
}
1 < a OK ...'
	passes
	dialogue '1 connect
1 {~
	* 2 EXISTS
}'
	fails 'got: a OK done'
	dialogue '1 connect
1 {
	* 1 EXISTS'
	wrong 'without }'
}

atf_test_case skipping
skipping_head()
{
	atf_set descr "<< skips untagged responses alone; ! forbids some"
}
skipping_body()
{
	serve '* 1 EXISTS
* 2 EXPUNGE
a OK done
b OK done'
	dialogue '1 connect
1 << a OK ...
1 < b OK ...'
	passes
	dialogue '1 connect
1 << b OK ...'
	fails 'got: a OK done'
	dialogue '1 connect
1 ! * {{[0-9]+}} EXPUNGE
1 << a OK ...'
	fails 'came, but must not'
	dialogue '1 connect
1 ! * 9 EXPUNGE
1 << a OK ...
1 < b OK ...'
	passes
	dialogue '1 connect
1 ! * 2 EXPUNGE
1 < * 1 EXISTS
1 !
1 << a OK ...'
	passes
	dialogue '1 connect
1 <? * 1 EXISTS
1 <? * 7 RECENT
1 < * 2 EXPUNGE'
	passes
}

atf_test_case literal
literal_head()
{
	atf_set descr "literals are part of their response"
}
literal_body()
{
	cat >fake <<-'END'
	printf '* 1 FETCH (X {7}\r\na\r\n)\001\\b Y {0}\r\n)\r\nnext\r\n'
	cat >/dev/null
	END
	dialogue '1 connect
1 < * 1 FETCH (X {7}a\r\n)\x01\b Y {0})
1 < next'
	passes
	cat >fake <<-'END'
	printf '* 1 FETCH (X {99}\r\nshort)\r\n'
	END
	dialogue '1 connect
1 < ...'
	fails 'closed within a response'
}

atf_test_case sending
sending_head()
{
	atf_set descr "what is sent arrives as written, literals too"
}
sending_body()
{
	cat >fake <<-'END'
	read -r line; printf '%s\n' "$line" >got; printf '+ go on\r\n'
	printf '* next\r\n'; cat >>got
	END
	dialogue 'set who me
1 connect
1 > a LOGIN $who {lit:p\}w\r\n} $$x
1 < * next
1 > b X {lit+:yes} {lit+:}
1 >> c\tNOOP\r\n\x00\\r
1 shutdown
1 eof'
	{
		printf 'a LOGIN me {5}\r\np}w\r\n $x\r\n'
		printf 'b X {3+}\r\nyes {0+}\r\n\r\nc\tNOOP\r\n\0\\r'
	} >expected
	passes
	atf_check cmp expected got
	atf_check -s exit:0 "$(driver)" -b '!sh fake 2>/dev/null' dlg
	atf_check cmp expected got
	echo "printf 'a NO too much\\r\\n'; cat >/dev/null" >fake
	dialogue '1 connect
1 > a LOGIN {lit:x}'
	fails 'got: a NO too much'
}

atf_test_case end
end_head()
{
	atf_set descr "the end is told from silence and from more"
}
end_body()
{
	echo "printf 'bye\\r\\n'" >fake
	dialogue '1 connect
1 < bye
1 eof'
	passes
	dialogue '1 connect
1 eof'
	fails 'got: bye'
	dialogue '1 connect
1 < bye
1 < more'
	fails 'connection 1 was closed'
	serve bye
	dialogue '1 connect
1 < bye
1 eof'
	fails 'expected its end'
	dialogue '1 connect
1 < bye
within 100
1 < more'
	fails 'nothing came in 100 ms'
	dialogue '1 connect
1 < bye
1 quiet'
	passes
	dialogue '1 connect
1 quiet 2000'
	fails 'expected nothing'
}

atf_test_case login
login_head()
{
	atf_set descr "login reads the greeting and logs in"
}
login_body()
{
	cat >fake <<-'END'
	printf '* OK hi\r\n'; read -r line; echo "$line" >>got
	printf '* CAPABILITY x\r\nlogin OK in\r\n'; cat >/dev/null
	END
	dialogue '1 login
2 login
1 close
2 close'
	atf_check -s exit:0 "$(driver)" -u me -p pw '!sh fake 2>/dev/null' dlg
	atf_check -o inline:'login LOGIN me pw\nlogin LOGIN me pw\n' \
	    tr -d '\r' <got
	echo "printf '* BYE no\\r\\n'; cat >/dev/null" >fake
	fails 'got: \* BYE no'
}

atf_test_case shell
shell_head()
{
	atf_set descr "sh runs commands that see the variables"
}
shell_body()
{
	serve x
	dialogue 'set v 3
sh test "$v" = 3'
	passes
	dialogue 'sh exit 3'
	fails 'dlg:1: failed: exit 3'
}

atf_test_case mistakes
mistakes_head()
{
	atf_set descr "a dialogue with a mistake is not taken for a success"
}
mistakes_body()
{
	serve x
	for l in '1 < x' '1 hello' 'nonsense' '64 connect' 'set 1 2'; do
		dialogue "$l"
		wrong 'dlg:1: error in the dialogue'
	done
	rm dlg
	wrong dlg
	atf_check -s exit:2 -e match:usage "$(driver)"
	atf_check -s exit:0 -o match:'^[0-9]+$' "$(driver)" -P
}

atf_init_test_cases()
{
	atf_add_test_case plain
	atf_add_test_case regex
	atf_add_test_case variable
	atf_add_test_case compare
	atf_add_test_case any_order
	atf_add_test_case group
	atf_add_test_case skipping
	atf_add_test_case literal
	atf_add_test_case sending
	atf_add_test_case end
	atf_add_test_case login
	atf_add_test_case shell
	atf_add_test_case mistakes
}
