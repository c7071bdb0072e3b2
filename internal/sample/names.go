package sample

import "strings"

// The lists hold common surnames and characters only; who is drawn from them
// exists nowhere else.
var (
	surnames = strings.Fields("王 李 张 刘 陈 杨 赵 黄 周 吴 徐 孙 胡 朱 高 林 何 郭 马 罗 " +
		"梁 宋 郑 谢 韩 唐 冯 于 董 萧 程 曹 袁 邓 许 傅 沈 曾 彭 吕 苏 卢 蒋 蔡 贾 丁 魏 薛 叶 阎 " +
		"余 潘 杜 戴 夏 钟 汪 田 任 姜 范 方 石 姚 谭 廖 邹 熊 金 陆 郝 孔 白 崔 康 毛 邱 秦 江 史 " +
		"柯 欧阳 上官 诸葛 司马")
	manChars = strings.Fields("伟 强 磊 军 勇 杰 涛 超 明 刚 平 辉 鹏 斌 波 宇 浩 凯 健 俊 帆 帅 " +
		"旭 宁 龙 林 欢 峰 建国 志强 文斌 永康 家豪 子轩 振华 立新 德胜 国栋 学文 长江 汉生 楚雄 春生 启明")
	womanChars = strings.Fields("芳 娜 敏 静 秀英 丽 艳 娟 霞 燕 玲 桂英 丹 萍 红 玉兰 桂兰 洁 梅 " +
		"琳 素珍 婷 雪 慧 晶 倩 荷香 秋菊 春梅 淑华 雅琴 晓燕 佳怡 思颖 梦洁 雨欣 可欣 腊梅 水仙 双喜 凤英 金枝")
	// Han characters beyond the basic plane, as civil registers have them.
	rareChars = strings.Fields("𬭎 𫖯 𬍛 𣲗 𬘭 𬀩 𬍤 𬣙 𪻐 𬘡 𠅤 𠮷")

	dottedMen   = strings.Fields("阿不都拉 艾尔肯 买买提 吐尔逊 玉素甫 亚森 库尔班 艾力 热合曼 卡德尔")
	dottedWomen = strings.Fields("阿依古丽 古丽娜尔 阿依努尔 帕提古丽 热娜 米日古丽 迪丽努尔 祖丽菲亚 阿曼古丽 茹仙")

	lanes = strings.Fields("青萝巷 半月里 石榴井 望湖弄 磨盘巷 响水里 木樨弄 白鹭里 砚台巷 三棵柳 " +
		"旧渡口 灯芯巷 纸伞里 铁锚弄 菱角巷 鼓槌里 风车弄 竹篾巷 雁栖里 麦芽弄")
)
