// The surfaces, shaded as MMD does: flat light colour x texture, sphere map, toon ramp, highlight.
// Variants: TRANSLUCENT, SPHERE_MULTIPLY or SPHERE_ADD, HIGHLIGHT.

#ifdef VERTEX

in vec3 skinned_position;
in vec3 skinned_normal;
in vec2 uv;

out vec3 seen_position;
out vec3 seen_normal;
out vec2 texture_uv;

void main() {
    vec4 seen = view * vec4(skinned_position, 1.0);
    seen_position = seen.xyz;
    seen_normal = mat3(view) * skinned_normal;
    texture_uv = uv;
    gl_Position = projection * seen;
}

#endif
#ifdef FRAGMENT

uniform sampler2D color_texture;   // colours multiplied by alpha, so that filtering mixes no hidden colour in
uniform sampler2D sphere_texture;
uniform sampler2D toon_texture;

in vec3 seen_position;
in vec3 seen_normal;
in vec2 texture_uv;

out vec4 premultiplied;

void main() {
    vec4 texel = texture(color_texture, texture_uv);
    float alpha = 1.0;
#ifdef TRANSLUCENT
    alpha = diffuse.a * texel.a;
    if (alpha < 0.5 / 255.0) discard;
    texel.rgb /= texel.a;
#endif
    vec3 normal = normalize(seen_normal);
    vec3 color = min(ambient * light_ambient.rgb + diffuse.rgb * light_diffuse.rgb, 1.0) * texel.rgb;

#ifdef SPHERE_MULTIPLY
    color *= texture(sphere_texture, normal.xy * vec2(0.5, -0.5) + 0.5).rgb;
#endif
#ifdef SPHERE_ADD
    color += texture(sphere_texture, normal.xy * vec2(0.5, -0.5) + 0.5).rgb;
#endif
    color *= texture(toon_texture, vec2(0.0, 0.5 - 0.5 * dot(normal, to_light))).rgb;
#ifdef HIGHLIGHT
    vec3 halfway = normalize(to_light - normalize(seen_position));
    color += specular * light_specular.rgb * pow(max(dot(normal, halfway), 0.0), shininess);
#endif
    premultiplied = vec4(min(color, 1.0) * alpha, alpha);
}

#endif
