/** Words of one script, for the encodings that can carry them. */
export interface Tongue {
  names: string[]
  places: string[]
  words: string[]
  headers: string[]
}

const split = (text: string): string[] => text.split(' ')

export type TongueName =
  'english' | 'western' | 'central' | 'cyrillic' | 'greek' | 'turkish' | 'japanese' | 'chinese'

export const tongues: Record<TongueName, Tongue> = {
  english: {
    names: "Anna_Reed Tom_O'Neil Mary_Stone John_Baker Lucy_D'Arcy Paul_Fisher Ruth_Hall Ben_Carter Ivy_Moss"
      .split(' ')
      .map((name) => name.replace('_', ' ')),
    places: [
      'Leeds',
      'Boston',
      'New Haven',
      'Perth',
      'Cork',
      "St. John's",
      'Austin',
      'Bath',
      'Salt Lake City',
    ],
    words: split(
      'station winter market copper river garden report signal harbour engine paper silver window budget road',
    ),
    headers: split('name city remarks owner branch'),
  },
  western: {
    names: [
      'José Núñez',
      'Zoë Müller',
      'François Lefèvre',
      'Søren Ågård',
      'Inês Conceição',
      'Jürgen Weiß',
      'Märta Öberg',
    ],
    places: ['Málaga', 'Köln', 'Besançon', 'Århus', 'São Paulo', 'Zürich', 'Göteborg', 'Orléans', 'A Coruña'],
    words: split(
      'école été größe straße niño año français déjà hôtel über señor forêt später crème médio ação öppet garçon',
    ),
    headers: split('prénom größe año région straße'),
  },
  central: {
    names: [
      'Łukasz Wójcik',
      'Zdeněk Dvořák',
      'Erzsébet Szőke',
      'Małgorzata Żak',
      'Šárka Němcová',
      'Ödön Győri',
    ],
    places: ['Łódź', 'Kraków', 'Plzeň', 'Győr', 'Gdańsk', 'České Budějovice', 'Pécs', 'Poznań'],
    words: split(
      'źródło święto książka město příliš žluťoučký kůň hűvös tükör gęś jabłko růže včela dzień ście',
    ),
    headers: split('imię nazwisko příjmení město ulice'),
  },
  cyrillic: {
    names: [
      'Анна Иванова',
      'Пётр Смирнов',
      'Ольга Кузнецова',
      'Иван Соколов',
      'Мария Попова',
      'Дмитрий Орлов',
    ],
    places: ['Москва', 'Казань', 'Омск', 'Самара', 'Тверь', 'Нижний Новгород', 'Пермь', 'София'],
    words: split(
      'школа зима рынок медь река сад отчёт сигнал гавань двигатель бумага серебро окно бюджет дорога',
    ),
    headers: split('имя город область улица описание'),
  },
  greek: {
    names: ['Γιώργος Παππάς', 'Ελένη Νικολάου', 'Κώστας Ιωάννου', 'Μαρία Γεωργίου', 'Νίκος Δήμου'],
    places: ['Αθήνα', 'Πάτρα', 'Θεσσαλονίκη', 'Χανιά', 'Βόλος', 'Ιωάννινα'],
    words: split('σχολείο χειμώνας αγορά χαλκός ποτάμι κήπος έκθεση σήμα λιμάνι χαρτί ασήμι παράθυρο δρόμος'),
    headers: split('όνομα πόλη περιοχή οδός σημείωση'),
  },
  turkish: {
    names: ['Ayşe Yıldız', 'Mehmet Öztürk', 'Çağla Güneş', 'İsmail Şahin', 'Gökhan Ağaoğlu'],
    places: ['İstanbul', 'Eskişehir', 'Muğla', 'Diyarbakır', 'Çanakkale', 'Kırşehir'],
    words: split('okul kış çarşı bakır ırmak bahçe yağmur işaret gümüş kâğıt bütçe yıldız güneş ağaç'),
    headers: split('adı şehir bölge sokak açıklama'),
  },
  japanese: {
    names: ['山田太郎', '佐藤花子', '鈴木一郎', '高橋さくら', '田中ケンジ', '伊藤みどり'],
    places: ['東京都', '大阪市', '札幌市', '名古屋', '福岡県', '横浜市', 'さいたま市'],
    words: split('学校 冬 市場 銅 川 庭園 報告書 信号 港 エンジン 紙 銀色 窓 予算 道路 カメラ です ます'),
    headers: split('名前 住所 備考 区分 電話番号'),
  },
  chinese: {
    names: ['王小明', '李娜', '张伟', '刘洋', '陈静', '杨帆', '赵磊'],
    places: ['北京市', '上海', '广州', '深圳市', '成都', '南京', '哈尔滨'],
    words: split('学校 冬天 市场 铜 河流 花园 报告 信号 港口 发动机 纸张 银色 窗户 预算 道路 我们 的'),
    headers: split('姓名 城市 备注 类别 地址'),
  },
}
