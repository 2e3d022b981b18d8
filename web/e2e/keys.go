//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Press presses keys one after the other: a character, a name like Enter, Tab,
// Escape, Space or ArrowDown, or a combination like "Ctrl+k" or "Shift+Tab".
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	for _, key := range keys {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		err := p.key(ctx, key)
		cancel()
		if err != nil {
			p.fail("press "+key, err)
		}
		p.settle()
	}
}

var modifiers = map[string]kb.Modifier{
	"Alt": kb.ModifierAlt, "Ctrl": kb.ModifierCtrl, "Meta": kb.ModifierMeta, "Shift": kb.ModifierShift,
}

var named = map[string]string{
	"Enter": kb.Enter, "Tab": kb.Tab, "Escape": kb.Escape, "Space": " ", "Backspace": kb.Backspace, "Delete": kb.Delete,
	"ArrowUp": kb.ArrowUp, "ArrowDown": kb.ArrowDown, "ArrowLeft": kb.ArrowLeft, "ArrowRight": kb.ArrowRight,
	"Home": kb.Home, "End": kb.End, "PageUp": kb.PageUp, "PageDown": kb.PageDown,
}

func (p *Page) key(ctx context.Context, combination string) error {
	held, name := kb.ModifierNone, combination
	for {
		prefix, rest, ok := strings.Cut(name, "+")
		if !ok || rest == "" {
			break // what is left is the key, which may be a plus
		}
		modifier, ok := modifiers[prefix]
		if !ok {
			return fmt.Errorf("there is no key %q to hold", prefix)
		}
		held, name = held|modifier, rest
	}
	if text, ok := named[name]; ok {
		name = text
	}
	r, size := utf8.DecodeRuneInString(name)
	key, ok := kb.Keys[r]
	if !ok || size != len(name) {
		return fmt.Errorf("there is no key %q", name)
	}
	if key.Shift {
		held |= kb.ModifierShift
	}
	event := input.DispatchKeyEventParams{
		Type:                  input.DispatchKeyEventTypeRawKeyDown,
		Modifiers:             int64(held),
		Key:                   key.Key,
		Code:                  key.Code,
		WindowsVirtualKeyCode: key.Windows,
		NativeVirtualKeyCode:  key.Native,
	}
	if key.Print && held&^kb.ModifierShift == 0 { // a shortcut writes nothing
		event.Type, event.Text, event.UnmodifiedText = input.DispatchKeyEventTypeKeyDown, key.Text, key.Unmodified
	}
	if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, event); err != nil {
		return err
	}
	event.Type, event.Text, event.UnmodifiedText = input.DispatchKeyEventTypeKeyUp, "", ""
	_, err := chromedp.Call(ctx, input.DispatchKeyEvent, event)
	return err
}
