package ui

import (
	"bytes"
	"context"
	"html"
	"io"
	"sync"
	"time"

	"github.com/a-h/templ"
	"github.com/a-h/templ/runtime"
)

// Markup is HTML that is written piece by piece, for what a page has hundreds of:
// templ takes several times as long for each.
type Markup struct {
	// html is where it is added: the memory that the page is rendered to or, if it is
	// rendered elsewhere, own, which is written to there.
	html *bytes.Buffer
	own  bytes.Buffer
	to   io.Writer
	// ctx is what components are given that are put into it, err the first that failed.
	ctx context.Context
	err error
}

// A constant is HTML that stands in the program. Other packages can't make one of
// a variable, so that what is data goes through Text or Escape.
type constant string

// Escaped is data as HTML. There is only what Escape made.
type Escaped struct{ html string }

// Escape makes data what can be added several times.
func Escape(text string) Escaped { return Escaped{html.EscapeString(text)} }

// Escaped adds what is data, in an element or in the quotes of an attribute.
func (m *Markup) Escaped(text Escaped) *Markup {
	m.html.WriteString(text.html)
	return m
}

// Add adds HTML.
func (m *Markup) Add(html constant) *Markup {
	m.html.WriteString(string(html))
	return m
}

// escapes are what stands for the bytes that mean something in HTML.
var escapes = [256]string{'&': "&amp;", '\'': "&#39;", '<': "&lt;", '>': "&gt;", '"': "&#34;"}

// Text adds what is data, in an element or in the quotes of an attribute: texts one
// after the other, which are joined nowhere before.
func (m *Markup) Text(texts ...string) *Markup {
	for _, text := range texts {
		m.escape(text)
	}
	return m
}

func (m *Markup) escape(text string) {
	from := 0
	for i := range len(text) {
		if escape := escapes[text[i]]; escape != "" {
			m.html.WriteString(text[from:i])
			m.html.WriteString(escape)
			from = i + 1
		}
	}
	m.html.WriteString(text[from:])
}

// Time adds a time in a layout of package time, in its own zone.
func (m *Markup) Time(at time.Time, layout string) *Markup {
	m.html.Write(at.AppendFormat(m.html.AvailableBuffer(), layout))
	return m
}

// Put adds a component.
func (m *Markup) Put(component templ.Component) *Markup {
	if m.err == nil {
		m.err = component.Render(m.ctx, m.html)
	}
	return m
}

// Flush writes what was added. What is drawn in parts takes no more room than one.
func (m *Markup) Flush() {
	if m.err == nil {
		_, m.err = m.to.Write(m.own.Bytes())
	}
	m.own.Reset()
}

// Draw adds what draw does.
func (m *Markup) Draw(draw Drawing) *Markup {
	draw(m)
	return m
}

// A Drawing is a component that is Markup.
type Drawing func(*Markup)

var markups = sync.Pool{New: func() any { return new(Markup) }}

// Render writes the drawing to w.
func (draw Drawing) Render(ctx context.Context, w io.Writer) error {
	m := markups.Get().(*Markup)
	defer func() {
		m.own.Reset()
		m.html, m.to, m.ctx, m.err = nil, nil, nil, nil
		markups.Put(m)
	}()
	m.html, m.to, m.ctx = memoryOf(w), w, ctx
	if m.html == nil {
		m.html = &m.own
	}
	draw(m)
	m.Flush()
	return m.err
}

// memoryOf is the memory that w, which is a template's, writes to, with all that it
// wrote so far; nil if it writes elsewhere.
func memoryOf(w io.Writer) *bytes.Buffer {
	template, ok := w.(*runtime.Buffer)
	if !ok {
		return nil
	}
	memory, ok := template.Underlying.(*bytes.Buffer)
	if !ok || template.Flush() != nil {
		return nil
	}
	return memory
}
