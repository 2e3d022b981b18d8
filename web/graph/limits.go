package graph

import (
	"cmp"
	"context"
	"iter"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	gqlerrors "github.com/graph-gophers/graphql-go/errors"
	"github.com/graph-gophers/graphql-go/introspection"

	"latchkey/internal/console"
	"latchkey/internal/cores"
)

// What one request may ask for, and how many are answered at once.
const (
	depthLimit = 15
	aliasLimit = 50
	// wordLimit is of names outside of arguments: fields, types, directives.
	wordLimit = 2000
	// selectionLimit is of fields once all fragments are in their places.
	selectionLimit = 5000
	overlapLimit   = 20_000
	// rowLimit is of rows of all lists together.
	rowLimit = 20_000
	// fieldLimit is of values in the answer, and metaLimit of those about the
	// schema, which can be asked in circles.
	fieldLimit = 400_000
	metaLimit  = 20_000
	// searchLimit is of characters of a search, and more than any name has.
	searchLimit = 1000

	parallelism = 2
)

// measure counts the names and the aliases of a document before anything else
// looks at it, and refuses too many as soon as there are. It returns the document in which the newer
// name of an input type is the one that the schema has.
func measure(document string) (string, error) {
	words, aliases, nesting := 0, 0, 0
	for piece := range pieces(document) {
		switch {
		case piece == "(":
			nesting++
		case piece == ")":
			nesting--
		case piece == ":" && nesting == 0:
			aliases++
		case letter(piece[0]) && nesting == 0:
			words++
		}
		if words > wordLimit || aliases > aliasLimit {
			break
		}
	}
	p := console.Problems{}
	p.Check(words <= wordLimit, "query", "The query has more than 2,000 names.")
	p.Check(aliases <= aliasLimit, "query", "The query has more than 50 aliases.")
	if err := p.Err(); err != nil {
		return "", err
	}
	return inKnownNames(document), nil
}

// pieces are the names of a document, its texts and comments, each whole, and
// what is between them by the byte.
func pieces(document string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i < len(document); {
			end := i + 1
			switch ch := document[i]; {
			case ch == '"' || ch == '#':
				end = i + skipped(document[i:])
			case letter(ch):
				for end < len(document) && (letter(document[end]) || document[end] >= '0' && document[end] <= '9') {
					end++
				}
			}
			if !yield(document[i:end]) {
				return
			}
			i = end
		}
	}
}

// The input of createPersonalUserTokenV2 has another name in newer versions of
// LogScale, and the same fields.
const (
	newerName = "CreatePersonalUserTokenV2Input"
	knownName = "CreatePersonalUserTokenInput"
)

func inKnownNames(document string) string {
	if !strings.Contains(document, newerName) {
		return document
	}
	var known strings.Builder
	for piece := range pieces(document) {
		if piece == newerName {
			piece = knownName + strings.Repeat(" ", len(newerName)-len(knownName)) // columns stay
		}
		known.WriteString(piece)
	}
	return known.String()
}

// letter reports whether the library takes ch for a part of a name: it lets
// letters of any language be one.
func letter(ch byte) bool {
	return ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z' || ch == '_' || ch >= utf8.RuneSelf
}

// skipped is the length of the text or the comment with which document begins, as
// the library reads them: to it a backslash means nothing in a block of text.
func skipped(document string) int {
	if document[0] == '#' {
		if end := strings.IndexAny(document, "\r\n"); end >= 0 {
			return end
		}
		return len(document)
	}
	const block = `"""`
	quote := `"`
	if strings.HasPrefix(document, block) {
		quote = block
	}
	for i := len(quote); i < len(document); i++ {
		if document[i] == '\\' && quote != block {
			i++
		} else if strings.HasPrefix(document[i:], quote) {
			return i + len(quote)
		}
	}
	return len(document)
}

// cost is what a request has asked for so far.
type cost struct {
	rows, fields, meta atomic.Int64
	stop               context.CancelCauseFunc
}

// charge notes that a resolver is about to answer so many rows, and refuses too
// many before anybody looks for them.
func charge(ctx context.Context, rows int) error {
	if askedBy(ctx).cost.rows.Add(int64(rows)) > rowLimit {
		return errTooMuch
	}
	return nil
}

// chargeFilter is charge for what a list is narrowed by: a search, which is an
// argument of that name, and lists of what to keep, which count as rows.
func chargeFilter(ctx context.Context, name string, search *string, kept ...*[]string) error {
	p := console.Problems{}
	p.Check(utf8.RuneCountInString(text(search)) <= searchLimit, name, "The search is longer than 1,000 characters.")
	values := 0
	for _, list := range kept {
		if list != nil {
			values += len(*list)
		}
	}
	return cmp.Or(p.Err(), charge(ctx, values))
}

var errTooMuch = &console.Error{Code: console.CodeInvalid, Message: "This asks for too much at once. Ask for fewer rows, or for less of each."}

// counter ends requests whose answer would have too many values, and has each field
// of Query, which the library gives a goroutine, go behind verification. For the
// library it is what traces them.
type counter struct{}

func (counter) TraceQuery(ctx context.Context, _, _ string, _ map[string]any, _ map[string]*introspection.Type) (context.Context, func([]*gqlerrors.QueryError)) {
	return ctx, func([]*gqlerrors.QueryError) {}
}

func (counter) TraceField(ctx context.Context, _, typeName, fieldName string, simple bool, _ map[string]any) (context.Context, func(*gqlerrors.QueryError)) {
	end := func() {}
	if !simple && typeName == "Query" { // is a goroutine of its own
		end = cores.GoBehind()
	}
	if a := askedBy(ctx); a != nil {
		about := strings.HasPrefix(typeName, "__") || strings.HasPrefix(fieldName, "__")
		if a.cost.fields.Add(1) > fieldLimit || about && fieldName != "__typename" && a.cost.meta.Add(1) > metaLimit {
			a.cost.stop(errTooMuch)
		}
	}
	return ctx, func(*gqlerrors.QueryError) { end() }
}
