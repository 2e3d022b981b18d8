package web

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"latchkey/internal/console"
	"latchkey/internal/service"
	"latchkey/views"
)

// ViewedTokens is which tokens the view of that name keeps of a repository's list,
// or of that of all tokens without one, and in which order, as its page shows them
// to who; days are those of UTC. Of two with the name it is their own.
func ViewedTokens(ctx context.Context, svc *service.Service, who console.Principal, repository *console.Repository, name string) (console.TokenFilter, console.TokenSort, error) {
	at := place{repository: repository}
	all, err := svc.ListViews(ctx, who, at.viewPlace())
	if err != nil {
		return console.TokenFilter{}, console.TokenSort{}, err
	}
	named := slices.DeleteFunc(all, func(v console.View) bool { return console.Fold(v.Name) != console.Fold(name) })
	if len(named) == 0 {
		return console.TokenFilter{}, console.TokenSort{}, console.NotFound()
	}
	own := max(0, slices.IndexFunc(named, func(v console.View) bool { return v.Owner.GUID == who.GUID }))
	values, err := url.ParseQuery(named[own].Query)
	if err != nil {
		return console.TokenFilter{}, console.TokenSort{}, err
	}
	l := tokenList{at: at, query: readTokenQuery(values, at.usual()), reader: views.Reader{Zone: time.UTC}, who: who}
	if err := l.find(ctx, svc, values); err != nil {
		return console.TokenFilter{}, console.TokenSort{}, err
	}
	return l.filter(), l.query.sort, l.nameNothing()
}

// nameNothing is the error of what names something that there is not, where no list
// can be shown.
func (l tokenList) nameNothing() error {
	if len(l.unknown) == 0 {
		return nil
	}
	return &console.Error{Code: console.CodeInvalid, Message: strings.Join(l.unknown, " ")}
}
