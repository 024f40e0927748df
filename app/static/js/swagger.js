// Draws the API's description into its page.
const place = document.getElementById("swagger-ui");
window.SwaggerUIBundle({ url: place.dataset.url, domNode: place, deepLinking: true, validatorUrl: null });
