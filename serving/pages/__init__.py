"""How a page is made: templates, languages, security headers, forms, charts. What a page shows is made elsewhere."""
