package sheet

import (
	"fmt"
	"strings"

	"github.com/xuri/excelize/v2"

	"tongbu/internal/fault"
	"tongbu/internal/schema"
)

// addForm makes a sheet a form: lists to choose from, what each field takes beside
// its title, and a header that is not typed over. There is no password: it keeps from
// slips, not from anybody.
func (b *book) addForm(columns []written) error {
	last := b.row + emptyRows
	lists, err := b.addLists(columns)
	if err != nil {
		return err
	}
	for i, c := range columns {
		if c.use != ofField {
			continue
		}
		letters := columnName(i)
		if err := b.addRule(c.field, letters, last, lists[c.field.Codes]); err != nil {
			return err
		}
		comment := excelize.Comment{Author: "tongbu", Cell: letters + "1", Text: describeField(c.field), Width: 240, Height: 110}
		if err := b.file.AddComment(b.name, comment); err != nil {
			return fault.Wrap("make a form", err)
		}
	}
	return fault.Wrap("make a form", b.file.ProtectSheet(b.name, &excelize.SheetProtectionOptions{
		SelectLockedCells: true, SelectUnlockedCells: true, FormatCells: true, FormatColumns: true, FormatRows: true,
		InsertRows: true, DeleteRows: true, Sort: true, AutoFilter: true,
	}))
}

// addRule has a spreadsheet tell what a field takes, and offer its list. It warns and
// refuses nothing: what is right is checked when the form is imported.
func (b *book) addRule(f *schema.Field, letters string, last int, list string) error {
	rule := excelize.NewDataValidation(true)
	rule.SetSqref(fmt.Sprintf("%s2:%s%d", letters, letters, last))
	rule.SetInput(cut(f.Label.Zh, 32), cut(describeField(f), 255))
	if list != "" {
		rule.SetSqrefDropList(list)
		if f.Type == schema.Code {
			rule.SetError(excelize.DataValidationErrorStyleWarning, f.Label.Zh, "请从列表中选择")
		}
	}
	return fault.Wrap("make a form", b.file.AddDataValidation(b.name, rule))
}

// addLists writes the lists of codes on a sheet of their own, which is not shown, and
// says where each stands.
func (b *book) addLists(columns []written) (at map[string]string, err error) {
	at = map[string]string{}
	for _, c := range columns {
		if c.use != ofField || c.field.List() == nil || at[c.field.Codes] != "" {
			continue
		}
		if len(at) == 0 {
			if _, err := b.file.NewSheet(listsSheet); err != nil {
				return nil, fault.Wrap("make a form", err)
			}
		}
		list := c.field.List()
		items := []any{list.Label.Zh}
		for _, item := range list.Items {
			items = append(items, itemText(item))
		}
		letters := columnName(len(at))
		if err := b.file.SetSheetCol(listsSheet, letters+"1", &items); err != nil {
			return nil, fault.Wrap("make a form", err)
		}
		at[c.field.Codes] = fmt.Sprintf("'%s'!$%s$2:$%s$%d", listsSheet, letters, letters, len(items))
	}
	if len(at) == 0 {
		return at, nil
	}
	return at, fault.Wrap("make a form", b.file.SetSheetVisible(listsSheet, false))
}

// describeField says what a field takes.
func describeField(f *schema.Field) string {
	parts := []string{takes(f)}
	if f.Must != schema.None {
		parts = append(parts, map[bool]string{true: "必填", false: "应填"}[f.Must == schema.Hard])
	}
	switch {
	case f.Min != nil && f.Max != nil:
		parts = append(parts, fmt.Sprintf("%s 至 %s", number(f, *f.Min), number(f, *f.Max)))
	case f.Min != nil:
		parts = append(parts, "不小于 "+number(f, *f.Min))
	case f.Max != nil:
		parts = append(parts, "不大于 "+number(f, *f.Max))
	}
	if f.MaxLen > 0 {
		parts = append(parts, fmt.Sprintf("最多 %d 个字", f.MaxLen))
	}
	if f.Code != "" {
		parts = append(parts, "标准代码 "+strings.ToUpper(f.Code))
	}
	return strings.Join(parts, "；")
}

func number(f *schema.Field, n int64) string {
	if f.Type == schema.Money {
		return fmt.Sprintf("%d.%02d", n/100, n%100)
	}
	return fmt.Sprint(n)
}

func takes(f *schema.Field) string {
	switch f.Type {
	case schema.Integer:
		return "整数"
	case schema.Money:
		return "金额，单位元，最多两位小数，如 1234.50"
	case schema.Date:
		return "日期，如 2024-03-05"
	case schema.Boolean:
		return "填 是 或 否"
	case schema.Code:
		return "从列表中选择，或填代码、名称"
	case schema.Codes:
		return "可多选：填代码或名称，用分号隔开"
	case schema.Ref:
		return "填对应记录的编号"
	case schema.Unit:
		return "12 位区划代码"
	case schema.IDNumber:
		return "18 位公民身份号码，按文本填写"
	}
	return "文字"
}

func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}
