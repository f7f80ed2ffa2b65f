"""The morning mail: what Today says to one person, by mail. `content` reads it through the page's
own selectors, `words` says it, `letter` writes it, `standing` tells whether and when it goes out,
`delivery` hands it over. The journal: `web.services.digest`.
"""
