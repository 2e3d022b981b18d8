package web

import (
	"net/url"
	"slices"

	"latchkey/internal/console"
)

const turnedDays = "The day from which they were created is later than the last one."

// unknownValues says which values of an address name nothing that a list can be
// narrowed by. Such a list shows no token, rather than those that nobody asked
// for and everything could then be done to.
func unknownValues(values url.Values, q tokenQuery) []string {
	var unknown []string
	say := func(name string, known bool, sentence func(text string) string) {
		if text := searchText(values.Get(name)); text != "" && !known {
			unknown = append(unknown, sentence("“"+text+"”"))
		}
	}
	noSuch := func(what string) func(string) string {
		return func(text string) string { return "There is no " + what + " " + text + "." }
	}
	say("status", slices.Contains(console.StatusFilters, console.StatusFilter(values.Get("status"))), noSuch("status"))
	for _, name := range values["type"] {
		if name = searchText(name); name != "" && !console.Type(name).Valid() {
			unknown = append(unknown, "There is no type of token “"+name+"”.")
		}
	}
	for _, name := range values["trait"] {
		if name = searchText(name); name != "" && !console.Trait(name).Valid() {
			unknown = append(unknown, "Nothing is worth a look because of “"+name+"”.")
		}
	}
	say("owner", q.owner != "", noSuch("owner"))
	say("creator", q.creator != "", noSuch("creator"))
	say("expires", q.expiresDays > 0, func(text string) string { return text + " is no time such as 30d." })
	say("unused", q.neverUsed || q.unusedDays > 0, func(text string) string { return text + " is neither never nor a time such as 30d." })
	noDay := func(text string) string { return text + " is no day such as 2026-11-30." }
	say("created_from", q.createdFrom != "", noDay)
	say("created_to", q.createdTo != "", noDay)
	if q.createdTo != "" && q.createdFrom > q.createdTo {
		unknown = append(unknown, turnedDays)
	}
	return unknown
}

// dropped says which filters that were asked for named nothing and went.
func (l tokenList) dropped(asked tokenQuery) []string {
	var unknown []string
	for _, filter := range []struct{ what, asked, kept string }{
		{"repository", asked.repository, l.query.repository},
		{"IP filter", asked.ipFilter, l.query.ipFilter},
		{"owner", string(asked.owner), string(l.query.owner)},
		{"creator", string(asked.creator), string(l.query.creator)},
	} {
		if filter.asked != "" && filter.kept == "" && (filter.what != "repository" || l.at.repository == nil) {
			unknown = append(unknown, "There is no "+filter.what+" “"+filter.asked+"”.")
		}
	}
	for _, scope := range asked.scopes {
		if !slices.Contains(l.query.scopes, scope) {
			unknown = append(unknown, "There is no scope “"+scope+"” to filter by.")
		}
	}
	return unknown
}
