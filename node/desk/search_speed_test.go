package desk_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"tongbu/internal/test/kit"
	"tongbu/node/desk"
)

// residents are lines of persons with some thousand different names.
func residents(n int) string {
	surnames := []rune("王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗单解曾仇")
	given := []rune("伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂玲红玉辉建国华志梅文斌浩宇轩涵乐朝长行")
	var b strings.Builder
	for i := range n {
		name := string([]rune{surnames[i%len(surnames)], given[i/len(surnames)%len(given)], given[i/7%len(given)]})
		number := fmt.Sprintf("420202%04d%02d%02d%03d", 1961+i%40, 1+i/40%12, 1+i/480%28, 1+i/13440%998)
		raw, _ := json.Marshal(map[string]any{"id": fmt.Sprintf("p-%06d", i), "name": name, "id_number": number + checkOf(number), "hukou_address": fmt.Sprintf("黄石港区湖滨路%d号", i),
			"phone": fmt.Sprintf("139%08d", i*7919%100000000), "status": "9"})
		b.Write(append(raw, '\n'))
	}
	return b.String()
}

func newTown(b *testing.B) *searcher {
	b.Helper()
	s := newNode(b)
	households, _ := families(0, 3333)
	kit.MustPut(b, s.at, "household", households)
	kit.MustPut(b, s.at, "person", residents(10_000))
	return s
}

// BenchmarkSearch searches a community of 10,000 persons and 3,333 households; the
// answers are those of people, 20 records at most, with their entry in the audit log.
func BenchmarkSearch(b *testing.B) {
	s := newTown(b)
	before := heap()
	s.search(desk.Search{Text: "王"})
	b.Logf("the memory of a search: %.1f MB", float64(heap()-before)/(1<<20))
	for _, text := range []string{"王明", "明", "w", "wangm", "wml", "湖滨路77", "1390000", "011X", "4202021961010100", "nobody"} {
		b.Run(text, func(b *testing.B) {
			for b.Loop() {
				s.search(desk.Search{Text: text})
			}
		})
	}
	b.Run("after a save", func(b *testing.B) {
		for i := 0; b.Loop(); i++ {
			b.StopTimer()
			s.persons(fmt.Sprintf(`{"id":"p-000001","name":"王明","phone":"%d"}`, 10000000+i))
			b.StartTimer()
			s.search(desk.Search{Text: "wm"})
		}
	})
}

// BenchmarkFirstSearch reads all records, as the first search of a process does.
func BenchmarkFirstSearch(b *testing.B) {
	s := newTown(b)
	for b.Loop() {
		newSearcher(b, s.at).search(desk.Search{Text: "王明"})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
