package web

import (
	"latchkey/internal/console"
	"latchkey/views"
)

func (l tokenList) pager() views.Pager {
	p := pagerProps(l.page.Offset, len(l.page.Items), l.page.Total, l.query.page)
	p.Action, p.Attrs = l.at.path(), views.IntoTokenList()
	if l.page.Total == console.Uncounted {
		counted := l.query.values()
		counted.Set("count", countAll)
		p.Count = withQuery(l.at.path(), counted)
	}
	keep := l.query.first()
	keep.page.Size = 0
	p.Keep = params(keep.values())
	link := func(page console.PageRequest) string {
		page.Size = l.query.page.Size
		q := l.query
		q.page = page
		return q.on(l.at.path())
	}
	if l.page.Previous != "" {
		p.First, p.Prev = link(console.PageRequest{}), link(console.PageRequest{Cursor: l.page.Previous})
	}
	if l.page.Next != "" {
		p.Next, p.Last = link(console.PageRequest{Cursor: l.page.Next}), link(console.PageRequest{Last: true})
	}
	return p
}
