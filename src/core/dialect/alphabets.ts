/** Families of single-byte encodings. */
export type Script = 'western' | 'central' | 'baltic' | 'turkish' | 'cyrillic' | 'greek'

/** Letters outside ASCII of languages that are written in it, in small. */
export const alphabets: Record<Script, string[]> = {
  western: [
    'éèàçêîôâëïûùœ',
    'äöüß',
    'áéíóúñü',
    'ãõáéíóúâêôçà',
    'àèéìòù',
    'åäöé',
    'åøæé',
    'áéíóúýþæöð',
    'ëïéèöü',
  ],
  central: ['ąćęłńóśźż', 'áčďéěíňóřšťúůýž', 'áäčďéíĺľňóôŕšťúýž', 'áéíóöőúüű', 'ăâîşţ', 'čćđšž'],
  baltic: ['ąčęėįšųūž', 'āčēģīķļņšūž', 'äöõüšž'],
  // A capital I with a dot is two characters in small.
  turkish: ['çğıöşüâîûi̇'],
  cyrillic: ['абвгдежзийклмнопрстуфхцчшщъыьэюяё', 'абвгґдеєжзиіїйклмнопрстуфхцчшщьюя'],
  greek: ['αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ'],
}
